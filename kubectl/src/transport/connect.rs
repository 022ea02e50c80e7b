//! Opens connections.

use std::sync::Arc;

use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::endpoint::Endpoint;
use super::tls;
use crate::config::TlsSource;
use crate::failure::Failure;

/// An open connection, plain or TLS.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Opens connections to one server.
#[derive(Clone, Debug)]
pub(crate) struct Connector {
    /// Where it is.
    pub endpoint: Endpoint,
    tls: Option<(Arc<ClientConfig>, ServerName<'static>)>,
}

impl Connector {
    /// For `endpoint`, with TLS by `source` where it wants TLS.
    pub(crate) fn new(endpoint: Endpoint, source: &TlsSource) -> Result<Self, Failure> {
        let tls = if endpoint.secure {
            let name = source.server_name.clone().unwrap_or_else(|| endpoint.host.clone());
            let name = ServerName::try_from(name).map_err(|error| Failure::Usage(format!("the server's name: {error}")))?;
            Some((tls::configuration(source)?, name))
        } else {
            None
        };
        Ok(Self { endpoint, tls })
    }

    /// A fresh connection.
    pub(crate) async fn connect(&self) -> Result<Box<dyn Stream>, Failure> {
        let unreachable = |source| Failure::Unreachable { server: self.endpoint.authority(), source };
        let tcp = TcpStream::connect((self.endpoint.host.as_str(), self.endpoint.port)).await.map_err(unreachable)?;
        tcp.set_nodelay(true)?;
        match &self.tls {
            None => Ok(Box::new(tcp)),
            Some((config, name)) => {
                let stream = TlsConnector::from(Arc::clone(config)).connect(name.clone(), tcp).await;
                let stream = stream.map_err(|error| Failure::Connection(format!("tls: {error}")))?;
                Ok(Box::new(stream))
            }
        }
    }
}
