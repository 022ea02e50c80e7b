//! One TLS connection that sends one request after the other.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// The server under test and how to be let in.
#[derive(Clone)]
pub struct Peer {
    /// `host:port`.
    pub authority: String,
    /// Bearer token; empty where a client certificate is used.
    pub token: String,
    /// TLS settings.
    pub tls: Arc<rustls::ClientConfig>,
}

/// One HTTP/1.1 connection.
pub struct Connection {
    sender: SendRequest<Full<Bytes>>,
    peer: Peer,
}

impl Connection {
    /// Connects and finishes the TLS handshake.
    pub async fn open(peer: &Peer) -> Result<Self> {
        let stream =
            TcpStream::connect(&peer.authority).await.with_context(|| format!("cannot connect to {}", peer.authority))?;
        stream.set_nodelay(true)?;
        let host = peer.authority.rsplit_once(':').map_or(&*peer.authority, |(host, _)| host).to_string();
        let stream = TlsConnector::from(peer.tls.clone()).connect(ServerName::try_from(host)?, stream).await?;
        let (sender, connection) = handshake(TokioIo::new(stream)).await?;
        tokio::spawn(async move {
            // A connection the server closes shows in the next request's error.
            let _ = connection.await;
        });
        Ok(Self { sender, peer: peer.clone() })
    }

    /// Sends a request and returns as soon as the answer's head is there.
    pub async fn send(&mut self, method: Method, path: &str, content_type: &str, body: Bytes) -> Result<Response<Incoming>> {
        let mut request = Request::builder().method(method).uri(path).header("host", &self.peer.authority);
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
    /// Any status code that is not a success, with the server's words.
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
            bail!("{path}: {status}: {}", String::from_utf8_lossy(&words));
        }
        Ok(length)
    }
}
