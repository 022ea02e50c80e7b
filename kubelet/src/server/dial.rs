//! Connections into a pod's network.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpStream;

use super::routes::Served;
use crate::network;
use crate::runtime::RuntimeError;

/// How long a pod may take to accept a connection.
const DIAL: Duration = Duration::from_secs(10);

/// Why a port of a pod cannot be reached.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    /// The pod is not here, or has no sandbox.
    #[error("pod {0} has no running sandbox on this node")]
    NoPod(String),
    /// The runtime does not say where the pod's network is.
    #[error("cannot find the pod's network")]
    Runtime(#[from] RuntimeError),
    /// Nobody accepts.
    #[error("failed to connect to localhost:{port} inside the pod: {source}")]
    Refused {
        /// The port.
        port: u16,
        /// The system's reason.
        source: std::io::Error,
    },
}

/// Connects to `port` of the pod's loopback, over IPv4 or IPv6, from within the pod's network namespace.
///
/// # Errors
/// See [`DialError`].
pub async fn dial(served: &Served, namespace: &str, pod: &str, port: u16) -> Result<TcpStream, DialError> {
    let none = || DialError::NoPod(format!("{namespace}/{pod}"));
    let id = served.registry.sandbox_of(namespace, pod).ok_or_else(none)?;
    let pid = served.runtime.inspect(&id).await?.pid;
    if pid == 0 {
        return Err(none());
    }
    let to = [SocketAddr::from((Ipv4Addr::LOCALHOST, port)), SocketAddr::from((Ipv6Addr::LOCALHOST, port))];
    network::dial(pid, to.to_vec(), DIAL).await.map_err(|source| DialError::Refused { port, source })
}
