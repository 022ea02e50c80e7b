//! One TLS connection that sends one request after the other.

use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
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

/// One HTTP/1.1 connection.
pub struct Connection {
    sender: SendRequest<Full<Bytes>>,
    peer: Peer,
}

impl Connection {
    /// Connects and finishes the TLS handshake.
    pub async fn open(peer: &Peer) -> Result<Self> {
        let dialled = tokio::time::timeout(DIAL, TcpStream::connect(&peer.authority)).await;
        let dialled = dialled.map_err(|_| anyhow!("{} does not answer within {} s", peer.authority, DIAL.as_secs()))?;
        let stream = dialled.with_context(|| format!("cannot connect to {}", peer.authority))?;
        stream.set_nodelay(true)?;
        let sender = match &peer.tls {
            None => speak(stream).await?,
            Some(tls) => {
                let host = peer.authority.rsplit_once(':').map_or(&*peer.authority, |(host, _)| host);
                let name = ServerName::try_from(host.trim_matches(['[', ']']).to_string())?;
                let secured = TlsConnector::from(tls.clone()).connect(name, stream).await;
                speak(secured.map_err(|error| anyhow!("{}: {}", peer.authority, of_tls(&error)))?).await?
            }
        };
        Ok(Self { sender, peer: peer.clone() })
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
        let answer = self.send(Method::GET, path, "", Bytes::new()).await?;
        let status = answer.status();
        let body = answer.into_body().collect().await?.to_bytes();
        if !status.is_success() {
            bail!("{path}: {status}: {}", String::from_utf8_lossy(&body));
        }
        Ok(body)
    }

    /// Sends a request and returns as soon as the answer's head is there.
    pub async fn send(&mut self, method: Method, path: &str, content_type: &str, body: Bytes) -> Result<Response<Incoming>> {
        let mut request =
            Request::builder().method(method).uri(format!("{}{path}", self.peer.prefix)).header("host", &self.peer.authority);
        if !self.peer.token.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.peer.token));
        }
        if !content_type.is_empty() {
            request = request.header("content-type", content_type);
        }
        self.sender.ready().await?;
        Ok(self.sender.send_request(request.body(Full::new(body))?).await?)
    }

    /// Sends a request and reads the whole answer; its length in bytes.
    ///
    /// # Errors
    /// [`Refused`] where the status code is not a success; otherwise there is no answer.
    pub async fn call(&mut self, method: Method, path: &str, content_type: &str, body: Bytes) -> Result<usize> {
        let mut answer = self.send(method, path, content_type, body).await?;
        let status = answer.status();
        let mut length = 0;
        let mut words = Vec::new();
        while let Some(frame) = answer.frame().await {
            if let Some(data) = frame?.data_ref() {
                length += data.len();
                if !status.is_success() {
                    words.extend_from_slice(data);
                }
            }
        }
        if !status.is_success() {
            let told = String::from_utf8_lossy(&words).into_owned();
            return Err(Refused { path: path.into(), code: status.as_u16(), told }.into());
        }
        Ok(length)
    }
}

/// HTTP/1.1 over `stream`.
async fn speak(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Result<SendRequest<Full<Bytes>>> {
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(async move {
        // A connection the server closes shows in the next request's error.
        let _ = connection.await;
    });
    Ok(sender)
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
