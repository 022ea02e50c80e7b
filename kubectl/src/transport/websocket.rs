//! Streams of exec over one WebSocket: the subprotocol `v5.channel.k8s.io`.

use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};
use http::header::{CONNECTION, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_PROTOCOL, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::{HeaderMap, HeaderValue, StatusCode};
use hyper::body::Bytes;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use kontiki_runtime::client::http::accepted;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::{Message, Role};

use super::Client;
use super::client::broken;
use crate::failure::Failure;

type Socket = WebSocketStream<TokioIo<Upgraded>>;

const PROTOCOLS: &str = "v5.channel.k8s.io, v4.channel.k8s.io";

/// The streams of one running program.
pub(crate) struct Channels {
    /// Towards the program.
    pub input: Input,
    /// From the program.
    pub output: Output,
}

/// Writes to channels.
pub(crate) struct Input {
    sink: SplitSink<Socket, Message>,
    can_close: bool,
}

/// Reads from channels.
pub(crate) struct Output {
    stream: SplitStream<Socket>,
}

impl Channels {
    /// Opens `path` on the server of `client`.
    pub(crate) async fn open(client: &Client, path: &str) -> Result<Self, Failure> {
        let key = generate_key();
        let mut headers = HeaderMap::new();
        for (name, text) in [
            (CONNECTION, "Upgrade"),
            (UPGRADE, "websocket"),
            (SEC_WEBSOCKET_VERSION, "13"),
            (SEC_WEBSOCKET_PROTOCOL, PROTOCOLS),
            (SEC_WEBSOCKET_KEY, key.as_str()),
        ] {
            headers.insert(name, HeaderValue::from_str(text).map_err(|error| Failure::Connection(error.to_string()))?);
        }
        let mut answer = client.http().upgrade(path, headers).await?;
        if answer.status() != StatusCode::SWITCHING_PROTOCOLS {
            accepted(answer).await?;
            return Err(Failure::Connection("the server did not switch protocols".into()));
        }
        let header = |name| answer.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        if header(SEC_WEBSOCKET_ACCEPT) != Some(derive_accept_key(key.as_bytes()).as_str()) {
            return Err(Failure::Connection("the server does not speak WebSocket".into()));
        }
        let can_close = header(SEC_WEBSOCKET_PROTOCOL) == Some("v5.channel.k8s.io");
        let raw = TokioIo::new(hyper::upgrade::on(&mut answer).await.map_err(broken)?);
        let (sink, stream) = WebSocketStream::from_raw_socket(raw, Role::Client, None).await.split();
        Ok(Self { input: Input { sink, can_close }, output: Output { stream } })
    }
}

impl Input {
    /// Sends `bytes` on `channel`.
    pub(crate) async fn send(&mut self, channel: u8, bytes: &[u8]) -> Result<(), Failure> {
        let frame: Bytes = std::iter::once(channel).chain(bytes.iter().copied()).collect();
        self.sink.send(Message::Binary(frame)).await.map_err(failed)
    }

    /// Says that nothing more comes on `channel`, where the protocol can say so.
    pub(crate) async fn close(&mut self, channel: u8) -> Result<(), Failure> {
        if self.can_close {
            self.sink.send(Message::Binary(Bytes::copy_from_slice(&[255, channel]))).await.map_err(failed)?;
        }
        Ok(())
    }
}

impl Output {
    /// The next channel and what came on it; `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<(u8, Bytes)>, Failure> {
        while let Some(message) = self.stream.next().await {
            match message {
                Ok(Message::Binary(frame)) if !frame.is_empty() => {
                    return Ok(Some((frame.first().copied().unwrap_or_default(), frame.slice(1..))));
                }
                Ok(Message::Close(_)) | Err(Error::ConnectionClosed) => return Ok(None),
                Ok(_) => {}
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(None)
    }
}

fn failed(error: Error) -> Failure {
    Failure::Connection(error.to_string())
}
