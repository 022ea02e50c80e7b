//! One stream.

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio_util::sync::CancellationToken;

use super::Headers;
use super::frame::{CHUNK, Frame};

/// A stream that the peer has opened.
pub struct Stream {
    /// Its number.
    pub id: u32,
    /// What it is for.
    pub headers: Headers,
    /// What the peer sends.
    pub reader: StreamReader,
    /// What is sent to the peer.
    pub writer: StreamWriter,
}

impl Stream {
    /// The value of the header `name`, lower case; empty where it is absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

/// What the peer sends on a stream.
pub struct StreamReader(pub(super) mpsc::Receiver<Bytes>);

impl StreamReader {
    /// The next bytes; `None` once the peer has ended its half, or the connection.
    pub async fn next(&mut self) -> Option<Bytes> {
        self.0.recv().await
    }
}

/// The own half of a stream. Dropping it without [`StreamWriter::finish`] leaves the half open.
pub struct StreamWriter {
    pub(super) id: u32,
    pub(super) frames: mpsc::Sender<Frame>,
    pub(super) gone: CancellationToken,
    pub(super) _counted: OwnedSemaphorePermit,
}

/// Nobody reads the stream any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stream was reset, or its connection has ended")]
pub struct Gone;

impl StreamWriter {
    /// Sends `bytes`; waits while the peer is slow.
    ///
    /// # Errors
    /// Where nobody reads them.
    pub async fn send(&self, mut bytes: Bytes) -> Result<(), Gone> {
        while !bytes.is_empty() {
            let piece = bytes.split_to(bytes.len().min(CHUNK));
            self.frame(piece, false).await?;
        }
        Ok(())
    }

    /// Ends the own half.
    pub async fn finish(self) {
        // Who has gone needs no end.
        let _ = self.frame(Bytes::new(), true).await;
    }

    /// Returns once the peer has reset the stream or the connection has ended.
    pub async fn gone(&self) {
        self.gone.cancelled().await;
    }

    async fn frame(&self, bytes: Bytes, last: bool) -> Result<(), Gone> {
        if self.gone.is_cancelled() {
            return Err(Gone);
        }
        self.frames.send(Frame::Data { stream: self.id, bytes, last }).await.map_err(|_| Gone)
    }
}

impl Drop for StreamWriter {
    fn drop(&mut self) {
        self.gone.cancel();
    }
}
