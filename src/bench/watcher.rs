//! One watch over a TLS connection of its own, at what reading it takes at least.

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::connection::{Stream, dial};
use super::peer::Peer;

/// What is read at once: a TLS record.
const ROOM: usize = 16 << 10;
/// The longest head of an answer.
const LONGEST_HEAD: usize = 8 << 10;

/// A watch whose events are counted, not kept: load generators that do more with them take more of the cores that they share with
/// the server.
pub struct Watcher {
    stream: Box<dyn Stream>,
    room: Vec<u8>,
    /// What of `room` came with the head of the answer.
    ahead: std::ops::Range<usize>,
    chunks: Chunks,
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
        let mut stream = dial(peer).await?;
        let authorization =
            if peer.token.is_empty() { String::new() } else { format!("Authorization: Bearer {}\r\n", peer.token) };
        let head = format!("GET {}{path} HTTP/1.1\r\nHost: {}\r\n{authorization}\r\n", peer.prefix, peer.authority);
        stream.write_all(head.as_bytes()).await?;
        stream.flush().await?;
        let (mut room, mut filled) = (vec![0; ROOM], 0);
        loop {
            let read = stream.read(room.get_mut(filled..LONGEST_HEAD).unwrap_or_default()).await?;
            filled += read;
            let told = room.get(..filled).unwrap_or_default();
            if let Some(end) = memchr::memmem::find(told, b"\r\n\r\n") {
                let head = String::from_utf8_lossy(told.get(..end).unwrap_or_default()).to_ascii_lowercase();
                if !head.starts_with("http/1.1 200 ") || !head.contains("\r\ntransfer-encoding: chunked") {
                    bail!("{path} is not answered with a watch: {head}");
                }
                return Ok(Self { stream, room, ahead: end + 4..filled, chunks: Chunks::default() });
            }
            if read == 0 {
                bail!("{path}: the answer has no end of its head within {LONGEST_HEAD} bytes");
            }
        }
    }

    /// What comes next; `None` at the end.
    ///
    /// # Errors
    /// Where the connection breaks, or what comes is not HTTP.
    pub async fn next(&mut self) -> Result<Option<Read>> {
        if self.ahead.is_empty() {
            self.ahead = 0..self.stream.read(&mut self.room).await?;
            if self.ahead.is_empty() {
                return Ok(None);
            }
        }
        self.chunks.take(self.room.get(std::mem::take(&mut self.ahead)).unwrap_or_default()).map(Some)
    }
}

/// A place in a chunked body.
#[derive(Debug, Default)]
struct Chunks {
    /// Bytes of the chunk, with the end of its line, that are still to come; 0 in the line that says how many.
    left: usize,
    /// That line so far.
    size: Vec<u8>,
}

impl Chunks {
    /// What `bytes` hold, which come next.
    fn take(&mut self, mut bytes: &[u8]) -> Result<Read> {
        let mut read = Read::default();
        while !bytes.is_empty() {
            if self.left == 0 {
                let line = memchr::memchr(b'\n', bytes).map_or(bytes.len(), |end| end + 1);
                let (head, rest) = bytes.split_at(line);
                self.size.extend_from_slice(head);
                bytes = rest;
                if self.size.ends_with(b"\n") {
                    let size = std::str::from_utf8(&self.size).ok().map(str::trim_end);
                    let size = size.and_then(|size| usize::from_str_radix(size, 16).ok()).context("a chunk without a size")?;
                    self.left = size + END;
                    self.size.clear();
                }
                continue;
            }
            let (part, rest) = bytes.split_at(self.left.min(bytes.len()));
            let of_chunk = part.get(..part.len().min(self.left.saturating_sub(END))).unwrap_or_default();
            read.events += memchr::memchr_iter(b'\n', of_chunk).count();
            read.bytes += of_chunk.len();
            self.left -= part.len();
            bytes = rest;
        }
        Ok(read)
    }
}

/// Bytes behind each chunk.
const END: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_counted_wherever_the_bytes_are_cut() {
        let body = b"3\r\na\n\n\r\nC\r\nlonger than\n\r\n1\r\nx\r\n";
        for cut in 0..body.len() {
            for second in cut..body.len() {
                let mut chunks = Chunks::default();
                let parts = [&body[..cut], &body[cut..second], &body[second..]].map(|part| chunks.take(part).unwrap());
                let sum = |of: fn(&Read) -> usize| parts.iter().map(of).sum::<usize>();
                assert_eq!((sum(|read| read.events), sum(|read| read.bytes)), (3, 16), "cut at {cut} and {second}");
            }
        }
    }

    #[test]
    fn what_is_no_chunk_is_refused() {
        assert!(Chunks::default().take(b"many\r\n").is_err());
    }
}
