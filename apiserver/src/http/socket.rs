//! A WebSocket on which only the server has something to say.

use std::time::Duration;

use futures::{SinkExt, Stream, StreamExt};
use http::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, UPGRADE};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Version};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use kontiki_api::status::Status;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_util::sync::CancellationToken;

use super::Body;
use crate::proxy::is_upgrade;

/// Clients may hide their token among the protocols they offer.
const HIDDEN_TOKEN: &str = "base64url.bearer.authorization.k8s.io.";
/// Longest message of a client's, in bytes: it has nothing to say.
const MOST: usize = 4 << 10;
/// Room for what is read and for what gathers to be written, in bytes.
const READ: usize = 4 << 10;
const WRITE: usize = 16 << 10;
/// How long the client has to take the end before its connection is closed: what it has not read would be lost.
const FAREWELL: Duration = Duration::from_secs(1);

/// A client that asked for a WebSocket.
pub(crate) struct Socket {
    upgrade: OnUpgrade,
    accept: String,
    offered: Vec<String>,
}

impl Socket {
    /// The client of `request`; `None` where it asks for no WebSocket.
    pub fn asked<B>(request: &mut Request<B>) -> Option<Self> {
        let headers = request.headers();
        let named = headers.get(UPGRADE).is_some_and(|name| name.as_bytes().eq_ignore_ascii_case(b"websocket"));
        let key = headers.get(SEC_WEBSOCKET_KEY).filter(|_| named && is_upgrade(headers))?;
        if request.version() != Version::HTTP_11 {
            return None;
        }
        let (accept, offered) = (derive_accept_key(key.as_bytes()), offered(headers));
        Some(Self { upgrade: hyper::upgrade::on(request), accept, offered })
    }

    /// The protocols that it offers, the one it likes most first.
    pub fn offered(&self) -> &[String] {
        &self.offered
    }

    /// Answers with `protocol`, and sends `messages` and a farewell after the last; ends at `stop`, and when the client goes.
    ///
    /// # Errors
    /// 400 for headers that cannot be answered.
    pub fn answer(
        self,
        protocol: Option<&str>,
        messages: impl Stream<Item = Message> + Send + 'static,
        stop: CancellationToken,
    ) -> Result<Response<Body>, Status> {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        let told = [(CONNECTION, "Upgrade"), (UPGRADE, "websocket"), (SEC_WEBSOCKET_ACCEPT, &self.accept)];
        for (name, value) in told.into_iter().chain(protocol.map(|protocol| (SEC_WEBSOCKET_PROTOCOL, protocol))) {
            let value = HeaderValue::from_str(value);
            let value = value.map_err(|_| Status::bad_request("the WebSocket's headers cannot be answered"))?;
            response.headers_mut().insert(name, value);
        }
        tokio::spawn(stop.run_until_cancelled_owned(async move {
            if let Ok(upgraded) = self.upgrade.await {
                send_all(TokioIo::new(upgraded), messages).await;
            }
        }));
        Ok(response)
    }
}

fn offered(headers: &HeaderMap) -> Vec<String> {
    let offered = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter().filter_map(|value| value.to_str().ok());
    let names = offered.flat_map(|value| value.split(',')).map(str::trim);
    names.filter(|name| !name.is_empty() && !name.starts_with(HIDDEN_TOKEN)).map(str::to_owned).collect()
}

/// Sends `messages` over `io` and a farewell after the last, or as many as the client stays for.
async fn send_all(io: impl AsyncRead + AsyncWrite + Unpin, messages: impl Stream<Item = Message>) {
    let config = WebSocketConfig::default().max_message_size(Some(MOST)).max_frame_size(Some(MOST));
    let config = config.read_buffer_size(READ).write_buffer_size(WRITE);
    let (mut sink, mut source) = WebSocketStream::from_raw_socket(io, Role::Server, Some(config)).await.split();
    let write = async {
        let mut messages = std::pin::pin!(messages.map(Ok::<_, Error>));
        sink.send_all(&mut messages).await?;
        sink.send(Message::Close(Some(CloseFrame { code: CloseCode::Normal, reason: "".into() }))).await
    };
    // What the client sends is not for us; its end is.
    let mut gone = std::pin::pin!(async { while matches!(source.next().await, Some(Ok(_))) {} });
    let told = tokio::select! {
        told = write => told,
        () = &mut gone => return,
    };
    match told {
        // A client that stays all the same is left.
        Ok(()) => drop(tokio::time::timeout(FAREWELL, gone).await),
        Err(error) => tracing::debug!(%error, "a WebSocket broke off"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(http::HeaderName, &str)]) -> Request<()> {
        let mut request = Request::new(());
        for (name, value) in headers {
            request.headers_mut().append(name, value.parse().unwrap());
        }
        request
    }

    #[test]
    fn a_websocket_is_asked_for_by_three_headers_and_its_protocols_hide_the_token() {
        let protocols = "a, base64url.bearer.authorization.k8s.io.eA, b";
        let all = [
            (CONNECTION, "keep-alive, Upgrade"),
            (UPGRADE, "WebSocket"),
            (SEC_WEBSOCKET_KEY, "eA=="),
            (SEC_WEBSOCKET_PROTOCOL, protocols),
        ];
        assert_eq!(Socket::asked(&mut request(&all)).unwrap().offered(), ["a", "b"]);
        for missing in 0..3 {
            let mut some = all.to_vec();
            some.remove(missing);
            assert!(Socket::asked(&mut request(&some)).is_none(), "{:?}", all[missing]);
        }
    }

    #[tokio::test]
    async fn messages_come_in_order_and_the_end_is_told() {
        let (near, far) = tokio::io::duplex(64);
        let messages = ["a".repeat(100), "b".to_owned()].map(|text| Message::Text(text.into()));
        let told = async move {
            let client = WebSocketStream::from_raw_socket(far, Role::Client, None).await;
            client.filter_map(|message| std::future::ready(message.ok())).collect::<Vec<_>>().await
        };
        let ((), told) = tokio::join!(send_all(near, futures::stream::iter(messages.clone())), told);
        assert_eq!(told[..2], messages);
        assert!(matches!(&told[2..], [Message::Close(Some(close))] if close.code == CloseCode::Normal), "{told:?}");
    }

    #[tokio::test]
    async fn a_client_that_goes_or_talks_too_much_ends_it() {
        for words in [Message::Close(None), Message::Binary(vec![0; MOST + 1].into())] {
            let (near, far) = tokio::io::duplex(64 << 10);
            let mut client = WebSocketStream::from_raw_socket(far, Role::Client, None).await;
            client.send(words).await.unwrap();
            send_all(near, futures::stream::pending()).await;
        }
    }
}
