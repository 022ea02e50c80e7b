use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, BufReader, BufWriter, ReadHalf, WriteHalf};
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::frame::{read_frame, write_frame};

/// Messages that may wait to be written.
const WAITING: usize = 256;

type Pending = Arc<Mutex<HashMap<u64, oneshot::Sender<Bytes>>>>;

/// One connection to a member: many messages at a time, answers in any order.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    messages: mpsc::Sender<(Bytes, oneshot::Sender<Bytes>)>,
    heard: Arc<Mutex<Instant>>,
}

impl Connection {
    /// A connection over `stream`; two tasks serve it until it breaks or the last clone is dropped.
    pub fn start<S: AsyncRead + AsyncWrite + Send + 'static>(stream: S) -> Self {
        let (messages, waiting) = mpsc::channel(WAITING);
        let (read, write) = tokio::io::split(stream);
        let pending = Pending::default();
        let heard = Arc::new(Mutex::new(Instant::now()));
        let mut reader = tokio::spawn(receive(read, Arc::clone(&pending), Arc::clone(&heard)));
        tokio::spawn(async move {
            tokio::select! {
                () = send(write, waiting, &pending) => reader.abort(),
                _ = &mut reader => {}
            }
            pending.lock().clear();
        });
        Self { messages, heard }
    }

    /// Whether messages can still be sent.
    pub fn is_open(&self) -> bool {
        !self.messages.is_closed()
    }

    /// Returns when no message can be sent any more.
    pub async fn closed(&self) {
        self.messages.closed().await;
    }

    /// How long ago the last answer came.
    pub fn silence(&self) -> Duration {
        self.heard.lock().elapsed()
    }

    /// The answer to `message`; `None` where the connection broke.
    pub async fn call(&self, message: Bytes) -> Option<Bytes> {
        let (reply, answer) = oneshot::channel();
        self.messages.send((message, reply)).await.ok()?;
        answer.await.ok()
    }
}

async fn send<S: AsyncWrite>(
    stream: WriteHalf<S>,
    mut waiting: mpsc::Receiver<(Bytes, oneshot::Sender<Bytes>)>,
    pending: &Pending,
) {
    let mut stream = BufWriter::new(stream);
    let mut number = 0;
    while let Some((message, reply)) = waiting.recv().await {
        number += 1;
        pending.lock().insert(number, reply);
        let written = write_frame(&mut stream, number, &message).await;
        let flushed = if waiting.is_empty() { stream.flush().await } else { Ok(()) };
        if written.and(flushed).is_err() {
            return;
        }
        forget_abandoned(pending);
    }
}

/// Drops the callers that no longer wait, once they are many.
fn forget_abandoned(pending: &Pending) {
    const MANY: usize = 64;
    let mut pending = pending.lock();
    if pending.len() > MANY {
        pending.retain(|_, reply| !reply.is_closed());
    }
}

async fn receive<S: AsyncRead>(stream: ReadHalf<S>, pending: Pending, heard: Arc<Mutex<Instant>>) {
    let mut stream = BufReader::new(stream);
    while let Ok((number, body)) = read_frame(&mut stream).await {
        *heard.lock() = Instant::now();
        if let Some(reply) = pending.lock().remove(&number) {
            // Whoever asked may have given up.
            let _ = reply.send(body);
        }
    }
}
