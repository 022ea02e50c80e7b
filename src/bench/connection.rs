//! One TLS connection that sends one request after the other.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use futures::FutureExt;
use futures::future::{BoxFuture, Fuse};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderMap, HeaderValue};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::peer::Peer;

/// How long a server may take to accept a connection.
const DIAL: Duration = Duration::from_secs(10);

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

/// One HTTP/1.1 connection. It is driven by whoever waits for an answer or a part of one, in the same task: a load generator that
/// wakes a second task for each request takes more of the cores that it shares with the server.
pub struct Connection {
    sender: SendRequest<Full<Bytes>>,
    /// Reads and writes; what ends it shows in the next request's error.
    driver: Fuse<BoxFuture<'static, ()>>,
    /// What stands before every path.
    prefix: String,
    /// What every request carries.
    headers: HeaderMap,
}

impl Connection {
    /// Connects and finishes the TLS handshake.
    pub async fn open(peer: &Peer) -> Result<Self> {
        let (sender, driver) = speak(dial(peer).await?).await?;
        let mut headers = HeaderMap::with_capacity(3);
        headers.insert(HOST, peer.authority.parse()?);
        if !peer.token.is_empty() {
            headers.insert(AUTHORIZATION, format!("Bearer {}", peer.token).parse()?);
        }
        Ok(Self { sender, driver, prefix: peer.prefix.clone(), headers })
    }

    /// The JSON that the server answers a GET with.
    ///
    /// # Errors
    /// As [`Connection::call`].
    pub async fn json(&mut self, path: &str) -> Result<serde_json::Value> {
        serde_json::from_slice(&self.bytes(path).await?).with_context(|| format!("{path}: the answer is not JSON"))
    }

    /// What the server answers a GET with.
    ///
    /// # Errors
    /// As [`Connection::call`].
    pub async fn bytes(&mut self, path: &str) -> Result<Bytes> {
        let mut answer = self.send(Method::GET, path, "", Bytes::new()).await?;
        let body = self.body(&mut answer).await?;
        if !answer.status().is_success() {
            bail!("{path}: {}: {}", answer.status(), String::from_utf8_lossy(&body));
        }
        Ok(body)
    }

    /// Sends a request and returns as soon as the answer's head is there.
    pub async fn send(
        &mut self,
        method: Method,
        path: &str,
        content_type: &'static str,
        body: Bytes,
    ) -> Result<Response<Incoming>> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = match self.prefix.is_empty() {
            true => path.parse()?,
            false => format!("{}{path}", self.prefix).parse()?,
        };
        request.headers_mut().clone_from(&self.headers);
        if !content_type.is_empty() {
            request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        driven(&mut self.driver, self.sender.ready()).await?;
        Ok(driven(&mut self.driver, self.sender.send_request(request)).await?)
    }

    /// The next part of an answer; `None` at its end.
    ///
    /// # Errors
    /// Where the connection breaks.
    pub async fn next(&mut self, answer: &mut Response<Incoming>) -> Result<Option<Bytes>> {
        loop {
            match driven(&mut self.driver, answer.frame()).await.transpose()?.map(Frame::into_data) {
                None => return Ok(None),
                Some(Ok(data)) => return Ok(Some(data)),
                Some(Err(_)) => {}
            }
        }
    }

    /// The rest of an answer.
    ///
    /// # Errors
    /// Where the connection breaks.
    pub async fn body(&mut self, answer: &mut Response<Incoming>) -> Result<Bytes> {
        Ok(driven(&mut self.driver, answer.body_mut().collect()).await?.to_bytes())
    }

    /// Sends a request and reads the whole answer; its length in bytes.
    ///
    /// # Errors
    /// [`Refused`] where the status code is not a success; otherwise there is no answer.
    pub async fn call(&mut self, method: Method, path: &str, content_type: &'static str, body: Bytes) -> Result<usize> {
        let mut answer = self.send(method, path, content_type, body).await?;
        let status = answer.status();
        if !status.is_success() {
            let told = String::from_utf8_lossy(&self.body(&mut answer).await?).into_owned();
            return Err(Refused { path: path.into(), code: status.as_u16(), told }.into());
        }
        let mut length = 0;
        while let Some(data) = self.next(&mut answer).await? {
            length += data.len();
        }
        Ok(length)
    }
}

/// What `wanted` gives, while `driver` moves the bytes that it waits for.
async fn driven<F: Future>(driver: &mut Fuse<BoxFuture<'static, ()>>, wanted: F) -> F::Output {
    let mut wanted = pin!(wanted);
    poll_fn(|context| {
        if let Poll::Ready(given) = wanted.as_mut().poll(context) {
            return Poll::Ready(given);
        }
        // It fuses itself; who waits sees by his own future that it has ended.
        let _ = driver.poll_unpin(context);
        wanted.as_mut().poll(context)
    })
    .await
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

/// HTTP/1.1 over `stream`: what takes requests, and what moves their bytes.
async fn speak(stream: Box<dyn Stream>) -> Result<(SendRequest<Full<Bytes>>, Fuse<BoxFuture<'static, ()>>)> {
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    // A connection the server closes shows in the next request's error.
    Ok((sender, connection.map(|_| ()).boxed().fuse()))
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
