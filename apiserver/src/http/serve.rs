//! The TLS accept loop.

use futures::future::BoxFuture;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use rustls_pki_types::CertificateDer;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::debug;

use super::connection::serve_connection;
use super::handle::Peer;
use crate::server::Server;

/// A client has this long to finish its handshake.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Serves TLS connections of `listener` until `stop` is called, then lets running requests finish.
/// `tls` should offer `h2` and `http/1.1` and request, not require, client certificates: see
/// [`crate::pki`].
///
/// # Errors
/// Where the listener itself fails for good.
pub fn serve(
    server: Arc<Server>,
    listener: TcpListener,
    tls: Arc<rustls::ServerConfig>,
    stop: CancellationToken,
) -> BoxFuture<'static, io::Result<()>> {
    Box::pin(async move {
        let acceptor = TlsAcceptor::from(tls);
        let connections = TaskTracker::new();
        while let Some(stream) = accept(&listener, &stop).await? {
            let (server, acceptor, stop) = (Arc::clone(&server), acceptor.clone(), stop.clone());
            connections.spawn(async move {
                match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
                    Ok(Ok(stream)) => {
                        let chain = stream.get_ref().1.peer_certificates().unwrap_or_default();
                        let peer = Peer::Unknown(chain.iter().cloned().map(CertificateDer::into_owned).collect());
                        let from = stream.get_ref().0.peer_addr().ok();
                        serve_connection(server, stream, from, peer, stop).await;
                    }
                    Ok(Err(error)) => debug!(%error, "a TLS handshake failed"),
                    Err(_) => debug!("a TLS handshake took too long"),
                }
            });
        }
        connections.close();
        connections.wait().await;
        Ok(())
    })
}

/// The next connection; `None` once `stop` is called. Errors of single connections are passed over.
pub(super) async fn accept(listener: &TcpListener, stop: &CancellationToken) -> io::Result<Option<TcpStream>> {
    loop {
        let accepted = tokio::select! {
            biased;
            () = stop.cancelled() => return Ok(None),
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, _)) => {
                // Answers are written whole: waiting for more to send only adds delay.
                let _ = stream.set_nodelay(true);
                return Ok(Some(stream));
            }
            Err(error) if is_of_one_connection(&error) => debug!(%error, "a connection broke off before it was accepted"),
            Err(error) => return Err(error),
        }
    }
}

fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}
