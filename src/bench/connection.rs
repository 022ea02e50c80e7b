//! One TLS connection that sends one request after the other, at what that takes at least: a load generator that does more takes
//! more of the cores that it shares with the server.

use std::io::Write;
use std::ops::Range;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use hyper::Method;
use hyper::body::Bytes;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::chunks::Chunks;
use super::peer::Peer;

/// How long a server may take to accept a connection.
const DIAL: Duration = Duration::from_secs(10);
/// What is read at once: a TLS record. The head of an answer must fit.
const ROOM: usize = 16 << 10;
/// Header lines that an answer may have.
const HEADERS: usize = 64;
/// Answers with lower codes come before the one that counts.
const FIRST_FINAL: u16 = 200;

/// An answer that is none.
#[derive(Debug)]
pub struct Refused {
    /// What was asked.
    pub path: String,
    /// The status code.
    pub code: u16,
    /// The server's words.
    pub told: String,
}

impl std::error::Error for Refused {}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}: {}", self.path, self.code, self.told)
    }
}

/// One HTTP/1.1 connection.
pub struct Connection {
    stream: Box<dyn Stream>,
    /// What has been read and not yet taken lies in `ahead` of it.
    room: Vec<u8>,
    ahead: Range<usize>,
    /// The request being sent.
    request: Vec<u8>,
    /// What stands before every path.
    prefix: String,
    /// The header lines that every request carries.
    headers: String,
}

impl Connection {
    /// Connects and finishes the TLS handshake.
    ///
    /// # Errors
    /// As [`dial`].
    pub async fn open(peer: &Peer) -> Result<Self> {
        let mut headers = format!("Host: {}\r\n", peer.authority);
        if !peer.token.is_empty() {
            headers.push_str(&format!("Authorization: Bearer {}\r\n", peer.token));
        }
        let (stream, prefix) = (dial(peer).await?, peer.prefix.clone());
        Ok(Self { stream, room: vec![0; ROOM], ahead: 0..0, request: Vec::new(), prefix, headers })
    }

    /// The JSON that the server answers a GET with.
    ///
    /// # Errors
    /// As [`Connection::bytes`], and where the answer is not JSON.
    pub async fn json(&mut self, path: &str) -> Result<serde_json::Value> {
        serde_json::from_slice(&self.bytes(path).await?).with_context(|| format!("{path}: the answer is not JSON"))
    }

    /// What the server answers a GET with.
    ///
    /// # Errors
    /// [`Refused`] where the status code is not a success; otherwise there is no answer.
    pub async fn bytes(&mut self, path: &str) -> Result<Vec<u8>> {
        match self.answer(Method::GET, path, "", Bytes::new()).await? {
            (200..300, body) => Ok(body),
            (code, body) => Err(refused(path, code, &body)),
        }
    }

    /// Code and body of the answer to a request.
    ///
    /// # Errors
    /// Where there is none.
    pub async fn answer(&mut self, method: Method, path: &str, content_type: &str, body: Bytes) -> Result<(u16, Vec<u8>)> {
        let (code, body) = self.ask(&method, path, content_type, &body).await?;
        let mut told = Vec::new();
        self.rest(body, |part| told.extend_from_slice(part)).await?;
        Ok((code, told))
    }

    /// Sends a request and reads the whole answer; its length in bytes.
    ///
    /// # Errors
    /// [`Refused`] where the status code is not a success; otherwise there is no answer.
    pub async fn call(&mut self, method: Method, path: &str, content_type: &str, body: Bytes) -> Result<usize> {
        let (code, body) = self.ask(&method, path, content_type, &body).await?;
        if (200..300).contains(&code) {
            let mut length = 0;
            self.rest(body, |part| length += part.len()).await?;
            return Ok(length);
        }
        let mut told = Vec::new();
        self.rest(body, |part| told.extend_from_slice(part)).await?;
        Err(refused(path, code, &told))
    }

    /// Sends a request and returns with the head of its answer; what is read next is its body.
    ///
    /// # Errors
    /// Where the connection breaks, or what comes is not HTTP.
    pub async fn ask(&mut self, method: &Method, path: &str, content_type: &str, body: &[u8]) -> Result<(u16, Body)> {
        self.request.clear();
        write!(self.request, "{method} {}{path} HTTP/1.1\r\n{}", self.prefix, self.headers)?;
        if !content_type.is_empty() {
            write!(self.request, "Content-Type: {content_type}\r\n")?;
        }
        if !body.is_empty() {
            write!(self.request, "Content-Length: {}\r\n", body.len())?;
        }
        self.request.extend_from_slice(b"\r\n");
        self.request.extend_from_slice(body);
        // A server may refuse a body before it has read all of it.
        let sent = async {
            self.stream.write_all(&self.request).await?;
            self.stream.flush().await
        };
        let sent = sent.await;
        loop {
            match self.head()? {
                Some((code, body)) if code >= FIRST_FINAL => return Ok((code, body)),
                Some(_) => {}
                None if self.fill().await? => {}
                None => {
                    sent?;
                    bail!("the server ended the connection without an answer");
                }
            }
        }
    }

    /// The next bytes of an answer, as they come, to `taken`, which says how many of them it has taken; `false` where the
    /// connection has ended.
    ///
    /// # Errors
    /// Where the connection breaks, or `taken` says so.
    pub async fn read(&mut self, taken: impl FnOnce(&[u8]) -> Result<usize>) -> Result<bool> {
        if self.ahead.is_empty() && !self.fill().await? {
            return Ok(false);
        }
        self.ahead.start += taken(self.room.get(self.ahead.clone()).unwrap_or_default())?;
        Ok(true)
    }

    /// Gives the rest of an answer to `each`, part by part.
    async fn rest(&mut self, mut body: Body, mut each: impl FnMut(&[u8])) -> Result<()> {
        while !body.is_over() {
            if !self.read(|bytes| body.take(bytes, &mut each)).await? {
                bail!("the server ended the connection within an answer");
            }
        }
        Ok(())
    }

    /// Reads more behind what is there; whether anything came.
    async fn fill(&mut self) -> Result<bool> {
        let length = self.ahead.len();
        self.room.copy_within(self.ahead.clone(), 0);
        self.ahead = 0..length;
        let free = self.room.get_mut(length..).unwrap_or_default();
        if free.is_empty() {
            bail!("the head of the answer is longer than {ROOM} bytes");
        }
        let read = self.stream.read(free).await?;
        self.ahead.end += read;
        Ok(read > 0)
    }

    /// Takes the head of an answer, once it is there.
    fn head(&mut self) -> Result<Option<(u16, Body)>> {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS];
        let mut answer = httparse::Response::new(&mut headers);
        let told = self.room.get(self.ahead.clone()).unwrap_or_default();
        let httparse::Status::Complete(length) = answer.parse(told).context("the answer is not HTTP")? else {
            return Ok(None);
        };
        let code = answer.code.unwrap_or_default();
        let named = |name: &str| {
            let header = answer.headers.iter().find(|header| header.name.eq_ignore_ascii_case(name));
            header.map(|header| String::from_utf8_lossy(header.value))
        };
        let body = match (named("transfer-encoding"), named("content-length")) {
            _ if code < FIRST_FINAL || matches!(code, 204 | 304) => Body::Sized(0),
            (Some(encoding), _) if encoding.eq_ignore_ascii_case("chunked") => Body::Chunked(Chunks::default()),
            (None, Some(length)) => Body::Sized(length.trim().parse().context("the answer's length is no number")?),
            _ => bail!("nothing tells where the answer ends"),
        };
        self.ahead.start += length;
        Ok(Some((code, body)))
    }
}

fn refused(path: &str, code: u16, told: &[u8]) -> anyhow::Error {
    Refused { path: path.into(), code, told: String::from_utf8_lossy(told).into_owned() }.into()
}

/// What is still to come of an answer.
pub enum Body {
    /// So many bytes.
    Sized(usize),
    /// Chunks.
    Chunked(Chunks),
}

impl Body {
    /// Whether nothing is.
    pub fn is_over(&self) -> bool {
        match self {
            Self::Sized(left) => *left == 0,
            Self::Chunked(chunks) => chunks.is_over(),
        }
    }

    /// Gives what of `bytes` belongs to it to `each`; how many bytes that took.
    pub fn take(&mut self, bytes: &[u8], each: &mut impl FnMut(&[u8])) -> Result<usize> {
        match self {
            Self::Sized(left) => {
                let part = bytes.get(..bytes.len().min(*left)).unwrap_or_default();
                *left -= part.len();
                each(part);
                Ok(part.len())
            }
            Self::Chunked(chunks) => chunks.take(bytes, each),
        }
    }
}

/// Bytes both ways.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// A connection to `peer`, behind the TLS handshake.
///
/// # Errors
/// Who does not answer, or why no TLS comes about.
pub async fn dial(peer: &Peer) -> Result<Box<dyn Stream>> {
    let dialled = tokio::time::timeout(DIAL, TcpStream::connect(&peer.authority)).await;
    let dialled = dialled.map_err(|_| anyhow!("{} does not answer within {} s", peer.authority, DIAL.as_secs()))?;
    let stream = dialled.with_context(|| format!("cannot connect to {}", peer.authority))?;
    stream.set_nodelay(true)?;
    let Some(tls) = &peer.tls else { return Ok(Box::new(stream)) };
    let host = peer.authority.rsplit_once(':').map_or(&*peer.authority, |(host, _)| host);
    let name = ServerName::try_from(host.trim_matches(['[', ']']).to_string())?;
    let secured = TlsConnector::from(tls.clone()).connect(name, stream).await;
    Ok(Box::new(secured.map_err(|error| anyhow!("{}: {}", peer.authority, of_tls(&error)))?))
}

/// What a failed handshake means for whoever gave the URL and the authority.
fn of_tls(error: &std::io::Error) -> String {
    use rustls::CertificateError as Wrong;
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::InvalidCertificate(Wrong::UnknownIssuer | Wrong::BadSignature)) => {
            "its certificate is not of the authority in --ca".into()
        }
        Some(rustls::Error::InvalidCertificate(Wrong::NotValidForName | Wrong::NotValidForNameContext { .. })) => {
            "its certificate is of the authority in --ca, but for other names than this one".into()
        }
        Some(rustls::Error::InvalidCertificate(Wrong::Expired | Wrong::ExpiredContext { .. })) => {
            "its certificate has expired".into()
        }
        Some(rustls::Error::InvalidMessage(_)) => "it does not speak TLS: try http:// instead".into(),
        _ => format!("no TLS connection comes about: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    /// What a connection makes of two answers that come in pieces of every length.
    async fn told(answers: &'static [u8]) -> Vec<Result<(u16, Vec<u8>)>> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (authority, cuts) = (listener.local_addr().unwrap().to_string(), answers.len());
        let serving = tokio::spawn(async move {
            for cut in 0..cuts {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut asked = [0; 1024];
                let _ = stream.read(&mut asked).await.unwrap();
                for piece in [&answers[..cut], &answers[cut..]] {
                    stream.write_all(piece).await.unwrap();
                    stream.flush().await.unwrap();
                    tokio::task::yield_now().await;
                }
                while stream.read(&mut asked).await.is_ok_and(|read| read > 0) {}
            }
        });
        let peer = Peer { authority, prefix: "/p".into(), token: "t".into(), tls: None };
        let mut all = Vec::new();
        for _ in 0..cuts {
            let mut connection = Connection::open(&peer).await.unwrap();
            for _ in 0..2 {
                all.push(connection.answer(Method::POST, "/x", "text/plain", Bytes::from_static(b"body")).await);
            }
        }
        serving.abort();
        all
    }

    #[tokio::test]
    async fn answers_are_told_apart_wherever_they_are_cut() {
        let sized = b"HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nno\n";
        let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n";
        let both: &'static [u8] = Box::leak([&b"HTTP/1.1 100 Continue\r\n\r\n"[..], sized, chunked].concat().into());
        for pair in told(both).await.chunks(2) {
            let [first, second] = pair else { panic!("{pair:?}") };
            assert_eq!(first.as_ref().unwrap(), &(404, b"no\n".to_vec()));
            assert_eq!(second.as_ref().unwrap(), &(200, b"abc".to_vec()));
        }
    }

    #[tokio::test]
    async fn what_is_no_whole_answer_is_refused() {
        for wrong in [&b"HTTP/1.1 200 OK\r\n\r\n"[..], b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", b"\x16\x03\x01 TLS"] {
            assert!(told(Box::leak(wrong.into())).await.iter().all(Result::is_err), "{wrong:?}");
        }
    }
}
