//! Watches over WebSocket: a message of text for each event, as the line it would be (`HandleWS` upstream).

use bytes::Bytes;
use futures::{Stream, StreamExt};
use http::header::UPGRADE;
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use kontiki_api::request::Verb;
use kontiki_api::status::Status;
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};
use tokio_util::sync::CancellationToken;

use super::query::parse_query;
use super::socket::Socket;
use super::{Body, ChunkStream};
use crate::route::{ResourcePath, verb_of};

/// The client, where `request` watches and asks for a WebSocket.
pub(super) fn watcher(request: &mut Request<Incoming>, path: &ResourcePath) -> Option<Socket> {
    let watches = |request: &Request<Incoming>| {
        let query = parse_query(request.uri().query().unwrap_or_default());
        verb_of(request.method(), path, &query) == Some(Verb::Watch)
    };
    (request.headers().contains_key(UPGRADE) && watches(request)).then(|| Socket::asked(request)).flatten()
}

/// Tells `socket` what the watch `answer` tells, until its end or `stop`; an answer that is no watch is told as it is.
///
/// # Errors
/// See [`Socket::answer`].
pub(super) fn follow(socket: Socket, answer: Response<Body>, stop: CancellationToken) -> Result<Response<Body>, Status> {
    if answer.status() != StatusCode::OK {
        return Ok(answer);
    }
    // Browsers hang up where none of what they offer is taken. It changes nothing: events are text.
    let protocol = socket.offered().first().cloned();
    socket.answer(protocol.as_deref(), events(answer.into_body()), stop)
}

fn events(body: Body) -> impl Stream<Item = Message> + Send {
    let chunks: ChunkStream = match body {
        Body::Full(bytes) => Box::pin(futures::stream::iter([bytes])),
        Body::Sized(stream, _) | Body::Chunks(stream) => stream,
    };
    chunks.flat_map(|chunk| futures::stream::iter(lines(&chunk)))
}

/// The lines of `chunk`, none of them copied.
fn lines(chunk: &Bytes) -> Vec<Message> {
    let lines = chunk.split_inclusive(|byte| *byte == b'\n').map(|line| chunk.slice_ref(line));
    // JSON is UTF-8.
    lines.filter_map(|line| Utf8Bytes::try_from(line).ok().map(Message::Text)).collect()
}
