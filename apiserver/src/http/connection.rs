//! One connection: HTTP/1.1 or HTTP/2, with upgrades, ended in good order.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;
use tracing::debug;

use super::ClientAddress;
use super::handle::{Peer, handle};
use super::line::Line;
use super::write_timeout::WriteTimeout;
use crate::server::Server;

/// Idle HTTP/2 connections are asked this often whether they still live.
const PING: Duration = Duration::from_secs(30);
/// Upstream's most streams of one connection.
const STREAMS: u32 = 250;
/// Most bytes of HTTP/1.1 that wait in a connection to be read or written: where they are more, the other side is waited for.
/// With fewer, long LISTs take longer. They are handed to TLS as they are: joined first, each connection would hold a copy.
const BUFFER: usize = 512 << 10;
/// Most bytes of the headers of a request of HTTP/2, as its standard counts them. Go takes 1 MiB; who asks is known only by them, and
/// until then each connection may hold as much.
const HEADERS: u32 = 512 << 10;
/// Most headers of a request of HTTP/1.1; their bytes are bounded by [`BUFFER`].
const HEADER_LINES: usize = 1_000;
/// Most bytes of a body that wait in a stream of HTTP/2 until they are read, as upstream.
const STREAM_WINDOW: u32 = 256 << 10;
/// Most bytes that wait in all streams of a connection: those of one must not keep the others from going on.
const CONNECTION_WINDOW: u32 = 16 << 20;
/// The first request must have begun by then, as upstream.
const FIRST: Duration = Duration::from_secs(32);
/// A connection is kept this long without a request, as upstream.
const IDLE: Duration = Duration::from_secs(90);
/// How long running requests may take to finish once the server stops, and a client to leave that is asked to.
const DRAIN: Duration = Duration::from_secs(5);

/// Serves requests, which come `from` there, until the client goes or `stop` is called. A client that does not take what it is sent is
/// left: neither what waits for it nor its seats are kept for good.
pub(super) async fn serve_connection<S>(
    server: Arc<Server>,
    stream: S,
    from: Option<SocketAddr>,
    peer: Peer,
    stop: CancellationToken,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (peer, stopped, line) = (Arc::new(peer), stop.clone(), Arc::new(Line::default()));
    let limit = server.config.limits.timeout;
    let stream = WriteTimeout::new(stream, Arc::clone(&line), limit);
    let followed = Arc::clone(&line);
    let service = service_fn(move |mut request: http::Request<hyper::body::Incoming>| {
        if let Some(from) = from {
            request.extensions_mut().insert(ClientAddress(from));
        }
        let (line, running) = (Arc::clone(&followed), followed.begin());
        let answer = handle(Arc::clone(&server), Arc::clone(&peer), stopped.clone(), request);
        async move { answer.await.map(|response| line.follow(response, running)) }
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(IDLE).max_buf_size(BUFFER).writev(true);
    builder.http1().max_headers(HEADER_LINES).title_case_headers(true);
    builder.http2().timer(TokioTimer::new()).max_concurrent_streams(STREAMS).keep_alive_interval(PING);
    builder.http2().max_header_list_size(HEADERS);
    builder.http2().initial_stream_window_size(STREAM_WINDOW).initial_connection_window_size(CONNECTION_WINDOW);
    let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let mut leaving = false;
    let result = loop {
        let (first, idle) = if leaving { (DRAIN, DRAIN) } else { (FIRST, IDLE) };
        tokio::select! {
            result = connection.as_mut() => break result,
            () = line.overdue(limit) => {
                debug!("a client left an answer for too long");
                return;
            }
            () = line.unused(first, idle) => {
                if leaving {
                    return;
                }
                connection.as_mut().graceful_shutdown();
                leaving = true;
            }
            () = stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                // What still runs after the grace is cut off.
                break tokio::time::timeout(DRAIN, connection).await.unwrap_or(Ok(()));
            }
        }
    };
    if let Err(error) = result {
        debug!(%error, "a connection broke off");
    }
}
