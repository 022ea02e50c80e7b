//! Another server, and connections to it.

use std::io;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

use crate::http::{SERVERS, keep_alive};

/// How long a server may take to accept a connection.
const DIAL: Duration = Duration::from_secs(10);

/// Another server.
#[derive(Clone)]
pub(crate) struct Destination {
    /// Its host, an address without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whom it must show itself as, where TLS is spoken.
    pub tls: Option<(TlsConnector, ServerName<'static>)>,
}

/// Why a server cannot be reached.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReachError {
    /// It does not accept.
    #[error("dial tcp {authority}: connect: {}", words(source))]
    Dial {
        /// Host and port.
        authority: String,
        /// The system's reason.
        source: io::Error,
    },
    /// It neither accepts nor refuses, or the handshake does not end.
    #[error("dial tcp {authority}: i/o timeout")]
    Timeout {
        /// Host and port.
        authority: String,
    },
    /// It is not whom it should be, or speaks no TLS.
    #[error("tls: {0}")]
    Tls(io::Error),
    /// It speaks no HTTP, or the connection broke.
    #[error("{0}")]
    Http(#[from] hyper::Error),
}

/// What the system says, as Go writes it: without a number, in small letters.
fn words(error: &io::Error) -> String {
    let said = error.to_string();
    said.split_once(" (os error").map_or_else(|| said.clone(), |(words, _)| words.to_lowercase())
}

trait Io: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Io for T {}

impl Destination {
    /// Host and port, as they stand in URLs.
    pub fn authority(&self) -> String {
        if self.host.contains(':') { format!("[{}]:{}", self.host, self.port) } else { format!("{}:{}", self.host, self.port) }
    }

    /// Sends `request` (path and query only) over a connection of its own, which may be upgraded.
    ///
    /// # Errors
    /// See [`ReachError`].
    pub async fn send<B>(&self, request: Request<B>) -> Result<Response<Incoming>, ReachError>
    where
        B: Body<Data = Bytes> + Send + 'static,
        B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
    {
        let (mut sender, connection) = http1::handshake(TokioIo::new(self.dial().await?)).await?;
        tokio::spawn(async move {
            if let Err(error) = connection.with_upgrades().await {
                tracing::debug!(%error, "a connection to another server broke off");
            }
        });
        Ok(sender.send_request(request).await?)
    }

    async fn dial(&self) -> Result<Box<dyn Io>, ReachError> {
        let connecting = async {
            let tcp = TcpStream::connect((self.host.as_str(), self.port)).await;
            let tcp = tcp.map_err(|source| ReachError::Dial { authority: self.authority(), source })?;
            // Keystrokes shall not wait for more; a failure costs only that.
            let _ = tcp.set_nodelay(true);
            // What it is asked for may be silent for as long as it likes, but not for ever once its machine is gone.
            keep_alive(&tcp, SERVERS);
            Ok(match &self.tls {
                None => Box::new(tcp) as Box<dyn Io>,
                Some((connector, name)) => {
                    Box::new(connector.connect(name.clone(), tcp).await.map_err(ReachError::Tls)?) as Box<dyn Io>
                }
            })
        };
        let timeout = |_| ReachError::Timeout { authority: self.authority() };
        tokio::time::timeout(DIAL, connecting).await.map_err(timeout)?
    }
}
