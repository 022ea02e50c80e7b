use std::sync::Arc;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, BufReader, BufWriter};
use tokio::sync::mpsc;

use super::Handler;
use super::frame::{read_frame, write_frame};

/// Answers that may wait to be written; behind that, messages wait to be handled.
const WAITING: usize = 64;

/// Answers the messages that arrive on `stream`, each in a task of its own, until it breaks.
pub(super) async fn answer<S: AsyncRead + AsyncWrite + Send + 'static>(stream: S, handler: Arc<dyn Handler>) {
    let (read, write) = tokio::io::split(stream);
    let (answers, waiting) = mpsc::channel::<(u64, Bytes)>(WAITING);
    let writer = tokio::spawn(write_answers(BufWriter::new(write), waiting));
    let mut read = BufReader::new(read);
    while let Ok((number, message)) = read_frame(&mut read).await {
        let Ok(place) = answers.clone().reserve_owned().await else { break };
        let handler = Arc::clone(&handler);
        tokio::spawn(async move {
            place.send((number, handler.handle(message).await));
        });
    }
    writer.abort();
}

async fn write_answers(mut out: impl AsyncWrite + Unpin, mut waiting: mpsc::Receiver<(u64, Bytes)>) {
    while let Some((number, body)) = waiting.recv().await {
        let written = write_frame(&mut out, number, &body).await;
        let flushed = if waiting.is_empty() { out.flush().await } else { Ok(()) };
        if written.and(flushed).is_err() {
            return;
        }
    }
}
