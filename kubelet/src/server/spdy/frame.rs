//! Frames.

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt};

use super::SpdyError;
use super::headers::{HeaderDecoder, HeaderEncoder, Headers};

const VERSION: u16 = 3;
const SYN_STREAM: u16 = 1;
const SYN_REPLY: u16 = 2;
const RST_STREAM: u16 = 3;
const PING: u16 = 6;
const GOAWAY: u16 = 7;
/// The flag of the last frame of a stream's half.
const FIN: u8 = 1;
const STREAM_ID: u32 = 0x7fff_ffff;
/// Longest control frame that is read.
const CONTROL: usize = 64 << 10;
/// Most bytes of a data frame handed on, or sent, at once.
pub const CHUNK: usize = 32 << 10;

/// One frame. What has no meaning here (SETTINGS, HEADERS, WINDOW_UPDATE) is passed over when read: peers
/// of Kubernetes neither open windows nor heed them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// SYN_STREAM: a new stream.
    Open {
        /// Its number.
        stream: u32,
        /// What it is for.
        headers: Headers,
        /// Whether its opener sends nothing on it.
        last: bool,
    },
    /// SYN_REPLY: a stream is taken.
    Reply(u32),
    /// Bytes of a stream; of a long frame one piece.
    Data {
        /// The stream.
        stream: u32,
        /// The bytes.
        bytes: Bytes,
        /// Whether none follow.
        last: bool,
    },
    /// RST_STREAM: a stream ends at once.
    Reset {
        /// The stream.
        stream: u32,
        /// Why.
        status: u32,
    },
    /// PING: to be sent back as it is.
    Ping(u32),
    /// GOAWAY: no further streams than this one are looked at.
    GoAway(u32),
}

/// Writes frames of one direction.
#[derive(Default)]
pub struct FrameEncoder(HeaderEncoder);

impl FrameEncoder {
    /// The bytes of `frame`; data of up to [`CHUNK`] bytes.
    pub fn encode(&mut self, frame: &Frame) -> Vec<u8> {
        match frame {
            Frame::Open { stream, headers, last } => {
                let mut body = [stream.to_be_bytes(), [0; 4]].concat();
                body.extend_from_slice(&[0, 0]);
                body.extend_from_slice(&self.0.encode(headers));
                control(SYN_STREAM, u8::from(*last), &body)
            }
            Frame::Reply(stream) => {
                let body = [&stream.to_be_bytes()[..], &self.0.encode(&Headers::new())].concat();
                control(SYN_REPLY, 0, &body)
            }
            Frame::Data { stream, bytes, last } => framed(*stream, u8::from(*last), bytes),
            Frame::Reset { stream, status } => control(RST_STREAM, 0, &[stream.to_be_bytes(), status.to_be_bytes()].concat()),
            Frame::Ping(id) => control(PING, 0, &id.to_be_bytes()),
            Frame::GoAway(stream) => control(GOAWAY, 0, &[stream.to_be_bytes(), [0; 4]].concat()),
        }
    }
}

fn control(kind: u16, flags: u8, body: &[u8]) -> Vec<u8> {
    framed(1 << 31 | u32::from(VERSION) << 16 | u32::from(kind), flags, body)
}

fn framed(head: u32, flags: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap_or_default() & 0x00ff_ffff | u32::from(flags) << 24;
    [&head.to_be_bytes()[..], &length.to_be_bytes(), body].concat()
}

/// Reads frames of one direction.
pub struct FrameReader<R> {
    reader: R,
    headers: HeaderDecoder,
    /// The rest of a data frame: its stream, its bytes still to come, its flags.
    rest: Option<(u32, usize, u8)>,
}

impl<R: AsyncRead + Unpin> FrameReader<R> {
    /// Reads from `reader`.
    pub fn new(reader: R) -> Self {
        Self { reader, headers: HeaderDecoder::default(), rest: None }
    }

    /// The next frame that means something; `None` at the end. Not to be cancelled.
    ///
    /// # Errors
    /// Where the connection cannot go on.
    pub async fn next(&mut self) -> Result<Option<Frame>, SpdyError> {
        loop {
            if let Some((stream, left, flags)) = self.rest.take() {
                return self.data(stream, left, flags).await.map(Some);
            }
            let Some((head, length)) = self.head().await? else { return Ok(None) };
            let (flags, length) = (u8::try_from(length >> 24).unwrap_or_default(), (length & 0x00ff_ffff) as usize);
            if head >> 31 == 0 {
                self.rest = Some((head, length, flags));
                continue;
            }
            let version = u16::try_from(head >> 16 & 0x7fff).unwrap_or_default();
            if version != VERSION {
                return Err(SpdyError::Version(version));
            }
            if let Some(frame) = self.control(u16::try_from(head & 0xffff).unwrap_or_default(), flags, length).await? {
                return Ok(Some(frame));
            }
        }
    }

    async fn head(&mut self) -> Result<Option<(u32, u32)>, SpdyError> {
        let mut head = [0; 8];
        let first = self.reader.read(&mut head).await?;
        if first == 0 {
            return Ok(None);
        }
        let rest = head.get_mut(first..).unwrap_or_default();
        self.reader.read_exact(rest).await?;
        let [a, b, c, d, e, f, g, h] = head;
        Ok(Some((u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]))))
    }

    async fn data(&mut self, stream: u32, left: usize, flags: u8) -> Result<Frame, SpdyError> {
        let mut bytes = vec![0; left.min(CHUNK)];
        self.reader.read_exact(&mut bytes).await?;
        let left = left - bytes.len();
        if left > 0 {
            self.rest = Some((stream, left, flags));
        }
        Ok(Frame::Data { stream, bytes: bytes.into(), last: left == 0 && flags & FIN != 0 })
    }

    async fn control(&mut self, kind: u16, flags: u8, length: usize) -> Result<Option<Frame>, SpdyError> {
        if length > CONTROL {
            return Err(SpdyError::TooLarge(CONTROL));
        }
        let mut body = vec![0; length];
        self.reader.read_exact(&mut body).await?;
        let field = |at: usize| -> Result<u32, SpdyError> {
            let field = body.get(at..).and_then(|rest| rest.first_chunk::<4>()).ok_or(SpdyError::Short(kind))?;
            Ok(u32::from_be_bytes(*field))
        };
        Ok(Some(match kind {
            SYN_STREAM => {
                let headers = self.headers.decode(body.get(10..).ok_or(SpdyError::Short(kind))?)?;
                Frame::Open { stream: field(0)? & STREAM_ID, headers, last: flags & FIN != 0 }
            }
            SYN_REPLY => {
                self.headers.decode(body.get(4..).ok_or(SpdyError::Short(kind))?)?;
                Frame::Reply(field(0)? & STREAM_ID)
            }
            RST_STREAM => Frame::Reset { stream: field(0)? & STREAM_ID, status: field(4)? },
            PING => Frame::Ping(field(0)?),
            GOAWAY => Frame::GoAway(field(0)? & STREAM_ID),
            HEADERS => {
                // Every block counts for those after it.
                self.headers.decode(body.get(4..).ok_or(SpdyError::Short(kind))?)?;
                return Ok(None);
            }
            _ => return Ok(None),
        }))
    }
}

const HEADERS: u16 = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn frames_are_read_as_they_were_written() {
        let headers: Headers = vec![("streamtype".into(), "data".into()), ("port".into(), "80".into())];
        let frames = [
            Frame::Open { stream: 1, headers, last: false },
            Frame::Reply(1),
            Frame::Data { stream: 1, bytes: Bytes::from_static(b"hello"), last: false },
            Frame::Ping(7),
            Frame::Data { stream: 1, bytes: Bytes::new(), last: true },
            Frame::Reset { stream: 3, status: 5 },
            Frame::GoAway(3),
        ];
        let mut encoder = FrameEncoder::default();
        let bytes: Vec<u8> = frames.iter().flat_map(|frame| encoder.encode(frame)).collect();
        let mut reader = FrameReader::new(&*bytes);
        for frame in frames {
            assert_eq!(reader.next().await.unwrap(), Some(frame));
        }
        assert_eq!(reader.next().await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_long_data_frame_comes_in_pieces_and_the_last_ends_the_stream() {
        let bytes = framed(5, FIN, &vec![1; CHUNK + 3]);
        let mut reader = FrameReader::new(&*bytes);
        let lengths = [(CHUNK, false), (3, true)];
        for wanted in lengths {
            let Some(Frame::Data { stream: 5, bytes, last }) = reader.next().await.unwrap() else { panic!("data") };
            assert_eq!((bytes.len(), last), wanted);
        }
    }

    #[tokio::test]
    async fn what_is_not_understood_is_passed_over_or_refused() {
        let settings = control(4, 0, &[0; 4]);
        let bytes = [settings, control(PING, 0, &[0, 0, 0, 9])].concat();
        assert_eq!(FrameReader::new(&*bytes).next().await.unwrap(), Some(Frame::Ping(9)));
        let old = framed(1 << 31 | 2 << 16 | 6, 0, &[0; 4]);
        assert!(matches!(FrameReader::new(&*old).next().await, Err(SpdyError::Version(2))));
        let short = control(SYN_STREAM, 0, &[0; 4]);
        assert!(matches!(FrameReader::new(&*short).next().await, Err(SpdyError::Short(SYN_STREAM))));
        let long = framed(1 << 31 | 3 << 16 | 6, 0, &vec![0; CONTROL + 1]);
        assert!(matches!(FrameReader::new(&*long).next().await, Err(SpdyError::TooLarge(_))));
        assert!(FrameReader::new(&long[..5]).next().await.is_err());
    }
}
