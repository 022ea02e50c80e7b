//! Plain HTTP: the insecure API port, and health and metrics on the ports of other components.

use futures::future::BoxFuture;
use std::convert::Infallible;
use std::sync::Arc;

use http::{Request, Response};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use kontiki_api::request::User;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::Body;
use super::accept::Connections;
use super::connection::serve_connection;
use super::handle::Peer;
use super::pages::{Page, Pages, asked};
use super::refusal::refusal;
use crate::health::Check;
use crate::server::Server;
use kontiki_api::status::Status;

/// Serves the whole API without TLS until `stop` is called, to anybody as `system:unsecured` of
/// `system:masters`, as upstream's insecure port did: for a loopback listener, by flag only.
pub fn serve_plain(server: Arc<Server>, listener: TcpListener, stop: CancellationToken) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        let connections = TaskTracker::new();
        let mut incoming = Connections::new(listener);
        while let Some(stream) = incoming.next(&stop).await {
            let user = User { name: "system:unsecured".into(), groups: vec!["system:masters".into()], ..User::default() };
            let from = stream.peer_addr().ok();
            connections.spawn(serve_connection(Arc::clone(&server), stream, from, Peer::Trusted(user), stop.clone()));
        }
        connections.close();
        connections.wait().await;
    })
}

/// Serves `/healthz`, `/livez`, `/readyz`, `/metrics` and `pages` of a component, to anybody, until `stop` is called.
pub fn serve_health(
    checks: Arc<[Arc<dyn Check>]>,
    metrics: Arc<dyn Fn() -> String + Send + Sync>,
    pages: Arc<dyn Pages>,
    listener: TcpListener,
    stop: CancellationToken,
) -> BoxFuture<'static, ()> {
    Box::pin(async move {
        let connections = TaskTracker::new();
        let mut incoming = Connections::new(listener);
        while let Some(stream) = incoming.next(&stop).await {
            let (checks, metrics, pages) = (Arc::clone(&checks), Arc::clone(&metrics), Arc::clone(&pages));
            let stop = stop.clone();
            connections.spawn(async move {
                let service = service_fn(move |request| {
                    let page = asked(&request).map(|(path, query)| pages.page(path, &query));
                    let response = component(&checks, &*metrics, &request);
                    async move {
                        let page = match page {
                            Some(page) => page.await,
                            None => None,
                        };
                        Ok::<_, Infallible>(page.map_or(response, Page::answer))
                    }
                });
                let builder = Builder::new(TokioExecutor::new());
                tokio::select! {
                    _ = builder.serve_connection(TokioIo::new(stream), service) => {}
                    () = stop.cancelled() => {}
                }
            });
        }
        connections.close();
        connections.wait().await;
    })
}

fn component<B>(checks: &[Arc<dyn Check>], metrics: &dyn Fn() -> String, request: &Request<B>) -> Response<Body> {
    let path = request.uri().path().trim_matches('/');
    let (probe, only) = path.split_once('/').map_or((path, None), |(probe, check)| (probe, Some(check)));
    match probe {
        "metrics" => super::other::figures(request.headers(), &metrics()),
        "healthz" | "livez" | "readyz" => {
            super::other::health(checks, probe, only, request).unwrap_or_else(|status| refusal(&status))
        }
        _ => refusal(&Status::unrouted()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::FnCheck;

    #[test]
    fn components_tell_of_their_health_as_the_server_does() {
        let checks: [Arc<dyn Check>; 1] = [Arc::new(FnCheck::new("engine", || Err("asleep".into())))];
        for (path, code) in [
            ("/healthz", 500),
            ("/healthz?exclude=engine", 200),
            ("/livez/ping", 200),
            ("/readyz/engine", 500),
            ("/readyz/none", 404),
            ("/none", 404),
            ("/metrics", 200),
        ] {
            let request = Request::get(path).body(()).unwrap();
            assert_eq!(component(&checks, &String::new, &request).status(), code, "{path}");
        }
    }
}
