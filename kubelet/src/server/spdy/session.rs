//! One connection: streams out of frames.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::frame::{Frame, FrameEncoder, FrameReader};
use super::{Headers, SpdyError, Stream, StreamReader, StreamWriter};

/// Most streams of a connection at a time.
const STREAMS: usize = 512;
/// Frames that wait to be written, and pieces of one stream that wait to be read.
const QUEUE: usize = 8;
/// How long the last frames may take to reach the peer.
const LINGER: Duration = Duration::from_secs(10);
const REFUSED_STREAM: u32 = 3;

/// One connection, of which this is the server. Dropping it breaks the connection off.
pub struct Session {
    streams: mpsc::Receiver<Stream>,
    frames: mpsc::Sender<Frame>,
    task: JoinHandle<()>,
    last: u32,
}

impl Session {
    /// Takes over `io`.
    pub fn start(io: impl AsyncRead + AsyncWrite + Send + 'static) -> Self {
        let (reader, writer) = tokio::io::split(io);
        let (frames, waiting) = mpsc::channel(QUEUE);
        let (opened, streams) = mpsc::channel(QUEUE);
        let table = Table { open: BTreeMap::new(), opened, frames: frames.clone(), room: Arc::new(Semaphore::new(STREAMS)) };
        let task = tokio::spawn(async move {
            let ended = tokio::select! {
                ended = read(Box::pin(reader), table) => ended,
                ended = write(Box::pin(writer), waiting) => ended,
            };
            if let Err(error) = ended {
                tracing::debug!(%error, "a SPDY connection ended");
            }
        });
        Self { streams, frames, task, last: 0 }
    }

    /// The next stream that the peer opens; `None` once the connection has ended.
    pub async fn accept(&mut self) -> Option<Stream> {
        let stream = self.streams.recv().await?;
        self.last = stream.id;
        Some(stream)
    }

    /// Ends the connection once what was sent has left.
    pub async fn close(mut self) {
        let farewell = async {
            // A connection that has ended needs none.
            let _ = self.frames.send(Frame::GoAway(self.last)).await;
            let _ = (&mut self.task).await;
        };
        // What lingers longer is broken off.
        let _ = tokio::time::timeout(LINGER, farewell).await;
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The open streams.
struct Table {
    open: BTreeMap<u32, Open>,
    opened: mpsc::Sender<Stream>,
    frames: mpsc::Sender<Frame>,
    room: Arc<Semaphore>,
}

/// One of them; `data` until the peer has ended its half.
struct Open {
    data: Option<mpsc::Sender<Bytes>>,
    gone: CancellationToken,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.gone.cancel();
    }
}

async fn read(reader: impl AsyncRead + Unpin, mut table: Table) -> Result<(), SpdyError> {
    let mut reader = FrameReader::new(BufReader::new(reader));
    while let Some(frame) = reader.next().await? {
        match frame {
            Frame::Open { stream, headers, last } => table.open(stream, headers, last).await,
            Frame::Data { stream, bytes, last } => table.data(stream, bytes, last).await,
            Frame::Reset { stream, .. } => drop(table.open.remove(&stream)),
            Frame::Ping(id) => table.send(Frame::Ping(id)).await,
            Frame::Reply(_) | Frame::GoAway(_) => {}
        }
    }
    Ok(())
}

impl Table {
    async fn open(&mut self, id: u32, headers: Headers, last: bool) {
        self.open.retain(|_, open| open.data.is_some() || !open.gone.is_cancelled());
        let Ok(counted) = Arc::clone(&self.room).try_acquire_owned() else {
            return self.send(Frame::Reset { stream: id, status: REFUSED_STREAM }).await;
        };
        if self.open.contains_key(&id) || self.open.len() >= 2 * STREAMS {
            return self.send(Frame::Reset { stream: id, status: REFUSED_STREAM }).await;
        }
        let (data, pieces) = mpsc::channel(QUEUE);
        let gone = CancellationToken::new();
        self.open.insert(id, Open { data: (!last).then_some(data), gone: gone.clone() });
        let writer = StreamWriter { id, frames: self.frames.clone(), gone, _counted: counted };
        self.send(Frame::Reply(id)).await;
        // Where nobody takes streams any more the connection is about to end.
        let _ = self.opened.send(Stream { id, headers, reader: StreamReader(pieces), writer }).await;
    }

    async fn data(&mut self, id: u32, bytes: Bytes, last: bool) {
        let Some(open) = self.open.get_mut(&id) else { return };
        if let Some(data) = open.data.as_ref().filter(|_| !bytes.is_empty()) {
            // What nobody reads is dropped.
            let _ = data.send(bytes).await;
        }
        if last {
            open.data = None;
        }
    }

    async fn send(&self, frame: Frame) {
        // The connection ends with its writer.
        let _ = self.frames.send(frame).await;
    }
}

async fn write(mut writer: impl AsyncWrite + Unpin, mut frames: mpsc::Receiver<Frame>) -> Result<(), SpdyError> {
    let mut encoder = FrameEncoder::default();
    while let Some(frame) = frames.recv().await {
        writer.write_all(&encoder.encode(&frame)).await?;
        if frames.is_empty() {
            writer.flush().await?;
        }
        if matches!(frame, Frame::GoAway(_)) {
            break;
        }
    }
    writer.shutdown().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A peer: writes frames and reads ours.
    struct Peer {
        encoder: FrameEncoder,
        writer: tokio::io::WriteHalf<tokio::io::DuplexStream>,
        reader: FrameReader<tokio::io::ReadHalf<tokio::io::DuplexStream>>,
    }

    impl Peer {
        fn of() -> (Self, Session) {
            let (ours, theirs) = tokio::io::duplex(1 << 20);
            let (reader, writer) = tokio::io::split(theirs);
            let peer = Self { encoder: FrameEncoder::default(), writer, reader: FrameReader::new(reader) };
            (peer, Session::start(ours))
        }

        async fn send(&mut self, frame: Frame) {
            self.writer.write_all(&self.encoder.encode(&frame)).await.unwrap();
        }

        async fn open(&mut self, stream: u32, role: &str) {
            self.send(Frame::Open { stream, headers: vec![("streamtype".into(), role.into())], last: false }).await;
            assert_eq!(self.reader.next().await.unwrap(), Some(Frame::Reply(stream)));
        }
    }

    #[tokio::test]
    async fn streams_carry_bytes_both_ways_and_each_half_ends_by_itself() {
        let (mut peer, mut session) = Peer::of();
        peer.open(1, "stdin").await;
        let Stream { mut reader, writer, .. } = session.accept().await.unwrap();
        peer.send(Frame::Data { stream: 1, bytes: Bytes::from_static(b"in"), last: true }).await;
        assert_eq!((reader.next().await, reader.next().await), (Some(Bytes::from_static(b"in")), None));
        writer.send(Bytes::from_static(b"out")).await.unwrap();
        writer.finish().await;
        for (bytes, last) in [(&b"out"[..], false), (b"", true)] {
            assert_eq!(peer.reader.next().await.unwrap(), Some(Frame::Data { stream: 1, bytes: bytes.into(), last }));
        }
        session.close().await;
        assert_eq!(peer.reader.next().await.unwrap(), Some(Frame::GoAway(1)));
        assert_eq!(peer.reader.next().await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_reset_and_a_broken_connection_are_noticed() {
        let (mut peer, mut session) = Peer::of();
        peer.open(1, "a").await;
        peer.open(3, "b").await;
        let (first, mut second) = (session.accept().await.unwrap(), session.accept().await.unwrap());
        peer.send(Frame::Reset { stream: 1, status: 5 }).await;
        first.writer.gone().await;
        assert!(first.writer.send(Bytes::from_static(b"x")).await.is_err());
        peer.send(Frame::Ping(9)).await;
        assert_eq!(peer.reader.next().await.unwrap(), Some(Frame::Ping(9)));
        drop(peer);
        assert_eq!(second.reader.next().await, None);
        second.writer.gone().await;
        assert!(session.accept().await.is_none());
    }

    #[tokio::test]
    async fn streams_beyond_the_limit_are_refused() {
        let (mut peer, mut session) = Peer::of();
        let mut held = Vec::new();
        for id in (1..).step_by(2).take(STREAMS) {
            peer.open(id, "data").await;
            held.push(session.accept().await.unwrap());
        }
        peer.send(Frame::Open { stream: 9_001, headers: Headers::new(), last: false }).await;
        assert_eq!(peer.reader.next().await.unwrap(), Some(Frame::Reset { stream: 9_001, status: REFUSED_STREAM }));
    }
}
