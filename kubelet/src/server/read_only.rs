//! The read-only port.

use std::net::SocketAddr;

use axum::Router;
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::routes::{Served, metrics, pods};

/// The paths that everybody may read: no logs, no exec.
pub fn read_only(served: Served) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/metrics", get(metrics))
        .route("/pods", get(pods))
        .with_state(served)
}

/// Serves `routes` at `listen` without TLS, until `stop`.
///
/// # Errors
/// Where the port is not to be had.
pub async fn serve_read_only(listen: SocketAddr, routes: Router, stop: &CancellationToken) -> std::io::Result<()> {
    let listener = TcpListener::bind(listen).await?;
    let serving = axum::serve(listener, routes).with_graceful_shutdown(stop.clone().cancelled_owned());
    tokio::spawn(async move { serving.await });
    Ok(())
}
