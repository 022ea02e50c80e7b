//! The accept loop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{Request, StatusCode};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use rustls::pki_types::CertificateDer;
use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use super::{Authorizer, Call};

/// Callers that say nothing for so long are asked whether they are still there, and again after as long, as Go's servers do.
const ASKED_AFTER: Duration = Duration::from_secs(15);
/// Questions without an answer after which a connection is over.
const RETRIES: u32 = 9;
/// How long to wait where no connection can be accepted.
const PAUSE: Duration = Duration::from_millis(100);

/// How the server is started.
#[derive(Clone)]
pub struct ServerConfig {
    /// Where it listens.
    pub listen: SocketAddr,
    /// Certificate and client certificates; offers `h2` and `http/1.1`.
    pub tls: Arc<rustls::ServerConfig>,
    /// Who may call.
    pub authorizer: Arc<dyn Authorizer>,
}

/// A running server.
pub struct Server {
    address: SocketAddr,
    accepting: JoinHandle<()>,
}

impl Server {
    /// Binds the port and serves `routes` until `stop`.
    ///
    /// # Errors
    /// Where the port is not to be had.
    pub async fn start(config: ServerConfig, routes: Router, stop: &CancellationToken) -> std::io::Result<Self> {
        let listener = TcpListener::bind(config.listen).await?;
        keep_alive(&listener)?;
        let address = listener.local_addr()?;
        let accepting = tokio::spawn(accept(listener, config, routes, stop.clone()));
        Ok(Self { address, accepting })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns when it has ended.
    pub async fn join(self) {
        // A panic of the loop ends it as well.
        let _ = self.accepting.await;
    }
}

/// Lets the connections of `listener` end whose caller is gone without a word: a command would run for it for ever.
fn keep_alive(listener: &TcpListener) -> std::io::Result<()> {
    let asked = TcpKeepalive::new().with_time(ASKED_AFTER).with_interval(ASKED_AFTER).with_retries(RETRIES);
    SockRef::from(listener).set_tcp_keepalive(&asked)
}

async fn accept(listener: TcpListener, config: ServerConfig, routes: Router, stop: CancellationToken) {
    let acceptor = TlsAcceptor::from(config.tls);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stop.cancelled() => return,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            // As a rule no file descriptor is left: that passes.
            Err(error) => {
                tracing::debug!(%error, "a connection cannot be accepted");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let serving = serve(stream, acceptor.clone(), Arc::clone(&config.authorizer), routes.clone());
        let stop = stop.clone();
        tokio::spawn(async move {
            tokio::select! { () = serving => {}, () = stop.cancelled() => {} }
        });
    }
}

async fn serve(stream: TcpStream, acceptor: TlsAcceptor, authorizer: Arc<dyn Authorizer>, routes: Router) {
    let Ok(stream) = acceptor.accept(stream).await else { return };
    let certificates: Arc<[CertificateDer<'static>]> = stream.get_ref().1.peer_certificates().unwrap_or_default().into();
    let service = service_fn(move |request: Request<Incoming>| {
        let (authorizer, routes, certificates) = (Arc::clone(&authorizer), routes.clone(), Arc::clone(&certificates));
        async move { Ok::<_, std::convert::Infallible>(answer(request.map(Body::new), &*authorizer, routes, &certificates).await) }
    });
    let connection = auto::Builder::new(TokioExecutor::new());
    // A connection that breaks concerns its client alone.
    let _ = connection.serve_connection_with_upgrades(TokioIo::new(stream), service).await;
}

async fn answer(
    request: Request<Body>,
    authorizer: &dyn Authorizer,
    routes: Router,
    certificates: &[CertificateDer<'static>],
) -> Response {
    let call = Call {
        method: request.method().clone(),
        path: request.uri().path().to_owned(),
        headers: request.headers().clone(),
        certificates: certificates.to_vec(),
    };
    if let Err((code, why)) = authorizer.authorize(&call).await {
        let code = StatusCode::from_u16(code).unwrap_or(StatusCode::FORBIDDEN);
        return (code, why).into_response();
    }
    let Ok(answer) = routes.oneshot(request).await;
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn callers_that_vanish_are_found_out() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        keep_alive(&listener).unwrap();
        let (caller, accepted) = tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
        let (_caller, accepted) = (caller.unwrap(), accepted.unwrap().0);
        let socket = SockRef::from(&accepted);
        assert!(socket.keepalive().unwrap());
        assert_eq!(socket.tcp_keepalive_time().unwrap(), ASKED_AFTER);
        assert_eq!((socket.tcp_keepalive_interval().unwrap(), socket.tcp_keepalive_retries().unwrap()), (ASKED_AFTER, RETRIES));
    }
}
