//! One watch over a TLS connection of its own.

use anyhow::{Result, bail};
use hyper::Method;

use super::connection::{Body, Connection};
use super::peer::Peer;

/// A watch whose events are counted, not kept.
pub struct Watcher {
    connection: Connection,
    body: Body,
}

/// Something that was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Read {
    /// Events, by their last bytes.
    pub events: usize,
    /// Bytes of events.
    pub bytes: usize,
}

impl Watcher {
    /// Begins the watch of `path`.
    ///
    /// # Errors
    /// Where no connection comes about, or the answer is no stream of events.
    pub async fn open(peer: &Peer, path: &str) -> Result<Self> {
        let mut connection = Connection::open(peer).await?;
        match connection.ask(&Method::GET, path, "", &[]).await? {
            (200, body @ Body::Chunked(_)) => Ok(Self { connection, body }),
            (code, _) => bail!("{path} is not answered with a watch, but with {code}"),
        }
    }

    /// What comes next; `None` at the end.
    ///
    /// # Errors
    /// Where the connection breaks, or what comes is not HTTP.
    pub async fn next(&mut self) -> Result<Option<Read>> {
        let mut read = Read::default();
        let mut count = |part: &[u8]| {
            read.events += memchr::memchr_iter(b'\n', part).count();
            read.bytes += part.len();
        };
        let goes_on = !self.body.is_over() && self.connection.read(|bytes| self.body.take(bytes, &mut count)).await?;
        Ok(goes_on.then_some(read))
    }
}
