//! A log over WebSocket, for clients that ask for one (`wsstream` upstream).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures::{SinkExt, Stream, StreamExt};
use http::header::{CONNECTION, HeaderName, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, UPGRADE};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use kontiki_api::status::{Reason, Status};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_util::sync::CancellationToken;

use crate::http::Body;

/// Clients may hide their token among the protocols they offer.
const HIDDEN_TOKEN: &str = "base64url.bearer.authorization.k8s.io.";

/// How bytes travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// As they are.
    Binary,
    /// Base64 in messages of text.
    Base64,
}

/// Whether the client asks for a WebSocket.
pub(super) fn is_asked(headers: &HeaderMap) -> bool {
    let is_websocket = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"websocket");
    headers.get(UPGRADE).is_some_and(is_websocket) && headers.contains_key(SEC_WEBSOCKET_KEY)
}

/// Sends `chunks` as messages over the connection of `request`, and closes it after the last; ends at `stop`, and
/// when the client goes.
///
/// # Errors
/// 403 where the client offers protocols, none of them `binary.k8s.io` or `base64.binary.k8s.io`.
pub(super) fn answer<B>(
    mut request: Request<B>,
    chunks: impl Stream<Item = Bytes> + Send + 'static,
    stop: CancellationToken,
) -> Result<Response<Body>, Status> {
    let (form, protocol) = agree(request.headers())?;
    let key = request.headers().get(SEC_WEBSOCKET_KEY).map(|key| derive_accept_key(key.as_bytes())).unwrap_or_default();
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let mut set =
        |name: HeaderName, value: &str| HeaderValue::from_str(value).map(|value| response.headers_mut().insert(name, value));
    let set_all = [set(CONNECTION, "Upgrade"), set(UPGRADE, "websocket"), set(SEC_WEBSOCKET_ACCEPT, &key)];
    let chosen = protocol.map(|protocol| set(SEC_WEBSOCKET_PROTOCOL, protocol));
    if set_all.into_iter().chain(chosen).any(|set| set.is_err()) {
        return Err(Status::bad_request("the WebSocket's headers cannot be answered"));
    }
    let upgrade = hyper::upgrade::on(&mut request);
    tokio::spawn(async move {
        let send = async {
            let Ok(upgraded) = upgrade.await else { return };
            let socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await;
            send_all(socket, chunks, form).await;
        };
        tokio::select! {
            () = send => {}
            () = stop.cancelled() => {}
        }
    });
    Ok(response)
}

/// The first protocol of the client's that we speak; binary messages where it names none.
fn agree(headers: &HeaderMap) -> Result<(Form, Option<&'static str>), Status> {
    let offered = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter().filter_map(|value| value.to_str().ok());
    let names = offered.flat_map(|value| value.split(',')).map(str::trim);
    let mut names = names.filter(|name| !name.is_empty() && !name.starts_with(HIDDEN_TOKEN)).peekable();
    if names.peek().is_none() {
        return Ok((Form::Binary, None));
    }
    let spoken = names.find_map(|name| match name {
        "binary.k8s.io" => Some((Form::Binary, Some("binary.k8s.io"))),
        "base64.binary.k8s.io" => Some((Form::Base64, Some("base64.binary.k8s.io"))),
        _ => None,
    });
    spoken.ok_or_else(|| {
        Status::new(Reason::Forbidden, "none of the WebSocket protocols asked for is known: binary.k8s.io, base64.binary.k8s.io")
    })
}

async fn send_all<S>(socket: WebSocketStream<S>, chunks: impl Stream<Item = Bytes>, form: Form)
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    let (mut sink, mut source) = socket.split();
    let write = async {
        let mut chunks = std::pin::pin!(chunks.filter(|chunk| std::future::ready(!chunk.is_empty())));
        while let Some(chunk) = chunks.next().await {
            let message = match form {
                Form::Binary => Message::Binary(chunk),
                Form::Base64 => Message::Text(STANDARD.encode(chunk).into()),
            };
            if sink.send(message).await.is_err() {
                return;
            }
        }
        let _ = sink.close().await;
    };
    // What the client sends is not for us; its end is.
    let gone = async { while matches!(source.next().await, Some(Ok(_))) {} };
    tokio::select! {
        () = write => {}
        () = gone => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offering(protocols: &str) -> Result<(Form, Option<&'static str>), Status> {
        let mut headers = HeaderMap::new();
        headers.insert(SEC_WEBSOCKET_PROTOCOL, protocols.parse().unwrap());
        agree(&headers)
    }

    #[test]
    fn the_first_protocol_that_is_known_is_taken() {
        assert_eq!(agree(&HeaderMap::new()).unwrap(), (Form::Binary, None));
        assert_eq!(offering("base64url.bearer.authorization.k8s.io.eA").unwrap(), (Form::Binary, None));
        assert_eq!(offering("other, base64.binary.k8s.io, binary.k8s.io").unwrap().0, Form::Base64);
        assert_eq!(offering("v4.channel.k8s.io").unwrap_err().reason.code(), 403);
    }

    #[tokio::test]
    async fn chunks_become_messages_and_the_end_a_close() {
        for (form, wanted) in [(Form::Binary, Message::Binary("ab".into())), (Form::Base64, Message::Text("YWI=".into()))] {
            let (near, far) = tokio::io::duplex(1024);
            let server = WebSocketStream::from_raw_socket(near, Role::Server, None).await;
            let mut client = WebSocketStream::from_raw_socket(far, Role::Client, None).await;
            let chunks = futures::stream::iter([Bytes::from("ab"), Bytes::new()]);
            let (_, told) = tokio::join!(send_all(server, chunks, form), async {
                [client.next().await.unwrap().unwrap(), client.next().await.unwrap().unwrap()]
            });
            assert_eq!(told[0], wanted);
            assert!(matches!(told[1], Message::Close(_)));
        }
    }
}
