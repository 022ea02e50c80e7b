//! The body of every HTTP answer.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::{Stream, StreamExt};
use http_body::{Frame, SizeHint};
use tokio_util::sync::CancellationToken;

/// A body: bytes at hand, or chunks as they come.
pub enum Body {
    /// All of it; empty once sent.
    Full(Bytes),
    /// Chunks whose total length is known.
    Sized(ChunkStream, u64),
    /// Chunks until the stream ends.
    Chunks(ChunkStream),
}

/// A stream of chunks; it ends early where its source fails.
pub type ChunkStream = Pin<Box<dyn Stream<Item = Bytes> + Send>>;

impl Body {
    /// No bytes.
    pub const fn empty() -> Self {
        Self::Full(Bytes::new())
    }

    /// Chunks until `stream` ends.
    pub fn chunks(stream: impl Stream<Item = Bytes> + Send + 'static) -> Self {
        Self::Chunks(Box::pin(stream))
    }

    /// The same body; where its length is not known it ends with `stop`.
    pub(super) fn until(self, stop: CancellationToken) -> Self {
        match self {
            Self::Chunks(stream) => Self::chunks(stream.take_until(stop.cancelled_owned())),
            other => other,
        }
    }

    /// The same body, which keeps `guard` until it is sent or dropped.
    pub(crate) fn holding(self, guard: impl Send + 'static) -> Self {
        let hold = |stream: ChunkStream, guard| {
            Box::pin(stream.inspect(move |_| {
                let _held = &guard;
            }))
        };
        match self {
            Self::Full(bytes) if bytes.is_empty() => Self::Full(bytes),
            Self::Full(bytes) => Self::Full(Bytes::from_owner(Held { bytes, _guard: guard })),
            Self::Sized(stream, left) => Self::Sized(hold(stream, guard), left),
            Self::Chunks(stream) => Self::Chunks(hold(stream, guard)),
        }
    }
}

/// Bytes with what is dropped with the last of them: those that a connection has taken over wait there to be written.
struct Held<G> {
    bytes: Bytes,
    _guard: G,
}

impl<G> AsRef<[u8]> for Held<G> {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self::Full(bytes)
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self::Full(Bytes::from(text))
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            Self::Full(bytes) if bytes.is_empty() => Poll::Ready(None),
            Self::Full(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Self::Sized(stream, left) => {
                let chunk = std::task::ready!(stream.as_mut().poll_next(cx));
                *left = left.saturating_sub(chunk.as_ref().map_or(0, |chunk| chunk.len() as u64));
                Poll::Ready(chunk.map(|chunk| Ok(Frame::data(chunk))))
            }
            Self::Chunks(stream) => {
                Poll::Ready(std::task::ready!(stream.as_mut().poll_next(cx)).map(|chunk| Ok(Frame::data(chunk))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Full(bytes) if bytes.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Full(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Self::Sized(_, left) => SizeHint::with_exact(*left),
            Self::Chunks(_) => SizeHint::default(),
        }
    }
}
