//! Connections whose other side takes nothing.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

use super::line::Line;

/// A stream that fails once data has waited for `limit` without any of it being taken, unless the client rests. Where nothing waits,
/// nothing is timed.
pub(super) struct WriteTimeout<S> {
    stream: S,
    line: Arc<Line>,
    limit: Duration,
    /// Since when data waits.
    since: Option<Instant>,
    /// Made when data waits for the first time, and moved only when it fires.
    timer: Option<Pin<Box<Sleep>>>,
}

impl<S> WriteTimeout<S> {
    /// The same stream with a limit; `line` tells whether its client rests.
    pub const fn new(stream: S, line: Arc<Line>, limit: Duration) -> Self {
        Self { stream, line, limit, since: None, timer: None }
    }

    /// `polled`, or the failure where that waits for too long.
    fn timed<T>(&mut self, cx: &mut Context<'_>, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.since = None;
            return polled;
        }
        let since = *self.since.get_or_insert_with(Instant::now);
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(since + self.limit)));
        loop {
            ready!(timer.as_mut().poll(cx));
            let now = Instant::now();
            let due = if self.line.rests() { now + self.limit } else { since + self.limit };
            if due <= now {
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client takes nothing")));
            }
            timer.as_mut().reset(due);
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for WriteTimeout<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for WriteTimeout<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, data);
        self.timed(cx, polled)
    }

    fn poll_write_vectored(mut self: Pin<&mut Self>, cx: &mut Context<'_>, data: &[IoSlice<'_>]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write_vectored(cx, data);
        self.timed(cx, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_flush(cx);
        self.timed(cx, polled)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.timed(cx, polled)
    }
}

#[cfg(test)]
mod tests {
    use http::Response;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

    use super::*;
    use crate::http::{Body, Pace};

    const LIMIT: Duration = Duration::from_secs(60);

    fn pair() -> (WriteTimeout<DuplexStream>, DuplexStream, Arc<Line>) {
        let (near, far) = tokio::io::duplex(4);
        let line = Arc::new(Line::default());
        (WriteTimeout::new(near, Arc::clone(&line), LIMIT), far, line)
    }

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_is_given_up_and_who_takes_little_is_not() {
        let (mut near, mut far, _line) = pair();
        let begun = Instant::now();
        let slow = tokio::spawn(async move {
            for _ in 0..10 {
                tokio::time::sleep(LIMIT / 2).await;
                far.read_u8().await.unwrap();
            }
            far
        });
        near.write_all(&[0; 14]).await.unwrap();
        let _far = slow.await.unwrap();
        assert!(begun.elapsed() >= LIMIT * 5);
        let begun = Instant::now();
        assert_eq!(near.write_all(&[0; 14]).await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert!((LIMIT..LIMIT * 2).contains(&begun.elapsed()));
    }

    #[tokio::test(start_paused = true)]
    async fn who_reads_a_log_may_rest() {
        let (mut near, _far, line) = pair();
        let mut log = Response::new(Body::from("x".to_owned()));
        log.extensions_mut().insert(Pace::Own);
        let log = line.follow(log, line.begin());
        assert!(tokio::time::timeout(LIMIT * 10, near.write_all(&[0; 14])).await.is_err());
        drop(log);
        let failed = tokio::time::timeout(LIMIT * 2, near.write_all(&[0; 14])).await.expect("it rests no more");
        assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }
}
