//! Connections to webhooks: TLS to the host of a URI, or to an endpoint of the Service that it names.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::Uri;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use kontiki_store::Store;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tower::Service;

use super::service::resolve;

/// Dials what a URI names.
#[derive(Clone)]
pub(super) struct Connector {
    pub store: Arc<dyn Store>,
    pub tls: Arc<ClientConfig>,
}

impl Connector {
    async fn connect(self, uri: Uri) -> io::Result<Stream> {
        let name = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
        let port = uri.port_u16().unwrap_or(443);
        let (host, port) = match name.strip_suffix(".svc").and_then(|service| service.split_once('.')) {
            Some((service, namespace)) => {
                resolve(&*self.store, namespace, service, port, rand::random::<u32>() as usize).map_err(io::Error::other)?
            }
            None => (name.clone(), port),
        };
        let failed = |error: io::Error| io::Error::other(format!("dial tcp {host}:{port}: connect: {error}"));
        let tcp = TcpStream::connect((host.as_str(), port)).await.map_err(failed)?;
        tcp.set_nodelay(true)?;
        let server = ServerName::try_from(name).map_err(io::Error::other)?;
        Ok(Stream(TokioIo::new(TlsConnector::from(self.tls).connect(server, tcp).await?)))
    }
}

impl Service<Uri> for Connector {
    type Response = Stream;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Stream>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().connect(uri))
    }
}

/// One connection.
pub(super) struct Stream(TokioIo<TlsStream<TcpStream>>);

impl Connection for Stream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Read for Stream {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buffer)
    }
}

impl Write for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}
