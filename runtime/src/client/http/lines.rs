//! A body as lines.

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Incoming;

/// A longer line ends the stream: no object is that large.
const LONGEST: usize = 64 << 20;

/// The lines of a body, as they arrive.
pub struct Lines {
    body: Incoming,
    buffer: BytesMut,
    searched: usize,
}

impl Lines {
    /// The lines of `body`.
    pub fn new(body: Incoming) -> Self {
        Self { body, buffer: BytesMut::new(), searched: 0 }
    }

    /// The next line without its end; `None` where the body ends or breaks.
    pub async fn next(&mut self) -> Option<Bytes> {
        loop {
            let fresh = self.buffer.get(self.searched..).unwrap_or_default();
            if let Some(end) = fresh.iter().position(|byte| *byte == b'\n') {
                let length = self.searched + end;
                let line = self.buffer.split_to(length + 1).freeze();
                self.searched = 0;
                return Some(line.slice(..length));
            }
            self.searched = self.buffer.len();
            if self.searched > LONGEST {
                return None;
            }
            if let Some(data) = self.body.frame().await?.ok()?.data_ref() {
                self.buffer.extend_from_slice(data);
            }
        }
    }
}
