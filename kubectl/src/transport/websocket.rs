//! Streams of exec over one WebSocket: the subprotocol `v5.channel.k8s.io`.

use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};
use http::HeaderValue;
use http::header::{AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL};
use hyper::body::Bytes;
use tokio_tungstenite::tungstenite::Error;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::Message;
use tokio_tungstenite::{WebSocketStream, client_async};

use super::Client;
use super::client::refused;
use super::connect::Stream;
use crate::failure::Failure;

type Socket = WebSocketStream<Box<dyn Stream>>;

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
        let endpoint = &client.connector().endpoint;
        let scheme = if endpoint.secure { "wss" } else { "ws" };
        let uri = format!("{scheme}://{}{}{path}", endpoint.authority(), endpoint.base);
        let mut request = uri.into_client_request().map_err(|error| Failure::Usage(error.to_string()))?;
        request.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, HeaderValue::from_static(PROTOCOLS));
        if let Some(authorization) = client.authorization() {
            let value = HeaderValue::from_str(&authorization).map_err(|_| Failure::usage("the token is not a token"))?;
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        let stream = client.connector().connect().await?;
        let (socket, response) = client_async(request, stream).await.map_err(failed)?;
        let protocol = response.headers().get(SEC_WEBSOCKET_PROTOCOL).and_then(|value| value.to_str().ok());
        let can_close = protocol == Some("v5.channel.k8s.io");
        let (sink, stream) = socket.split();
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
    match error {
        Error::Http(response) => {
            let code = response.status().as_u16();
            refused(code, response.body().as_deref().unwrap_or_default()).into()
        }
        other => Failure::Connection(other.to_string()),
    }
}
