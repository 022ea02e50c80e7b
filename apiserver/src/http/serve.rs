//! The TLS accept loop.

use futures::future::BoxFuture;
use std::sync::Arc;
use std::time::Duration;

use rustls_pki_types::CertificateDer;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::debug;

use super::accept::Connections;
use super::connection::serve_connection;
use super::handle::Peer;
use crate::authenticate::end_of;
use crate::server::Server;

/// A client has this long to finish its handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Serves TLS connections of `listener` until `stop` is called, then lets running requests finish.
/// `tls` should offer `h2` and `http/1.1` and request, not require, client certificates: see
/// [`crate::pki`].
pub fn serve(
    server: Arc<Server>,
    listener: TcpListener,
    tls: Arc<rustls::ServerConfig>,
    stop: CancellationToken,
) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        let acceptor = TlsAcceptor::from(tls);
        let connections = TaskTracker::new();
        let mut incoming = Connections::new(listener);
        while let Some(stream) = incoming.next(&stop).await {
            let (server, acceptor, stop) = (Arc::clone(&server), acceptor.clone(), stop.clone());
            connections.spawn(async move {
                match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
                    Ok(Ok(stream)) => {
                        let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
                        let ends = chain.first().and_then(|leaf| end_of(leaf));
                        let peer = Peer::Unknown(chain.iter().cloned().map(CertificateDer::into_owned).collect(), ends);
                        let from = stream.get_ref().0.peer_addr().ok();
                        serve_connection(server, stream, from, peer, stop).await;
                    }
                    Ok(Err(error)) => {
                        server.access.handshake_failed();
                        debug!(%error, "a TLS handshake failed");
                    }
                    Err(_) => {
                        server.access.handshake_failed();
                        debug!("a TLS handshake took too long");
                    }
                }
            });
        }
        connections.close();
        connections.wait().await;
    })
}
