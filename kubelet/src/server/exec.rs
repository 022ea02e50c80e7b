//! `/exec`, over WebSocket in all protocols from `channel.k8s.io` to `v5.channel.k8s.io`, and over SPDY.

use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};
use serde_json::Value;
use tokio::io::AsyncWriteExt;

use super::channels::Channels;
use super::remote_command::{self, remote_command};
use super::routes::Served;
use super::session_status::{exit_status, failure, last_words};
use super::upgrade::{Upgrade, required};
use crate::runtime::{ExecRequest, ExecSession, Resize, RuntimeError, StdStream};

/// The first byte of a message: which stream it belongs to.
const STDIN: u8 = 0;
const STDOUT: u8 = 1;
const STDERR: u8 = 2;
const ERROR: u8 = 3;
const RESIZE: u8 = 4;
/// In v5: the stream named by the second byte has ended.
const CLOSE: u8 = 255;

/// What is spoken, the newest first.
pub(super) const PROTOCOLS: [&str; 5] =
    ["v5.channel.k8s.io", "v4.channel.k8s.io", "v4.base64.channel.k8s.io", "channel.k8s.io", "base64.channel.k8s.io"];

/// Runs a command in a container.
pub async fn exec(
    State(served): State<Served>,
    Path((namespace, pod, container)): Path<(String, String, String)>,
    RawQuery(query): RawQuery,
    upgrade: Upgrade,
) -> Response {
    let request = request(query.as_deref().unwrap_or_default());
    if request.command.is_empty() {
        return (StatusCode::BAD_REQUEST, "you must specify at least 1 command for the container").into_response();
    }
    let Some(id) = served.registry.run_of(&namespace, &pod, &container, 0) else {
        return (StatusCode::NOT_FOUND, format!("container not found ({container:?})")).into_response();
    };
    let asked = request.clone();
    session(upgrade, asked, async move { served.runtime.exec(&id, request).await })
}

/// Switches to whichever protocol is asked for, and carries the session that `start` begins.
pub(super) fn session(
    upgrade: Upgrade,
    request: ExecRequest,
    start: impl Future<Output = Result<ExecSession, RuntimeError>> + Send + 'static,
) -> Response {
    match upgrade {
        Upgrade::WebSocket(upgrade) => upgrade.protocols(PROTOCOLS).on_upgrade(move |socket| async move {
            let session = start.await;
            carry(socket, session).await;
        }),
        Upgrade::Spdy(upgrade) => upgrade.on_upgrade(&remote_command::PROTOCOLS, move |io, protocol| async move {
            remote_command(io, protocol, &request, start).await;
        }),
        Upgrade::None => required(),
    }
}

/// What exec and attach ask for. Reads both the API's names of the parameters and those that upstream's API server sends kubelets.
pub(super) fn request(query: &str) -> ExecRequest {
    let mut request = ExecRequest::default();
    for (name, value) in form(query) {
        let set = value != "0" && !value.eq_ignore_ascii_case("false");
        match name.as_str() {
            "command" => request.command.push(value),
            "stdin" | "input" => request.stdin = set,
            "stdout" | "output" => request.stdout = set,
            "stderr" | "error" => request.stderr = set,
            "tty" => request.tty = set,
            _ => {}
        }
    }
    request.stderr &= !request.tty;
    request
}

/// The pairs of a query, percent-decoded.
pub(super) fn form(query: &str) -> impl Iterator<Item = (String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name), decode(value))
    })
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits = [rest.next(), rest.next()].map(|digit| digit.and_then(|digit| char::from(digit).to_digit(16)));
                if let [Some(high), Some(low)] = digits {
                    bytes.push(u8::try_from(high * 16 + low).unwrap_or_default());
                }
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn carry(socket: WebSocket, session: Result<ExecSession, RuntimeError>) {
    let channels = Channels::of(socket.protocol().and_then(|protocol| protocol.to_str().ok()));
    let (mut sink, stream) = socket.split();
    let status = match session {
        Ok(session) => {
            let ExecSession { input, mut output, resize, exit } = session;
            let reader = tokio::spawn(feed(stream, channels, input, resize));
            let carried = send_output(&mut sink, channels, &mut output).await;
            reader.abort();
            match (carried, exit.await) {
                (Ok(()), Ok(code)) => exit_status(code),
                (Err(error), _) | (_, Err(error)) => failure(&error.to_string()),
            }
        }
        Err(error) => failure(&error.to_string()),
    };
    let words = last_words(&status, channels.status);
    if !words.is_empty() {
        // A client that has gone needs no last words.
        let _ = sink.send(channels.message(ERROR, words.as_bytes())).await;
    }
    let end = CloseFrame { code: close_code::NORMAL, reason: "".into() };
    let _ = sink.send(Message::Close(Some(end))).await;
    let _ = sink.close().await;
}

type Output = futures::stream::BoxStream<'static, Result<(StdStream, Bytes), RuntimeError>>;

async fn send_output(
    sink: &mut SplitSink<WebSocket, Message>,
    channels: Channels,
    output: &mut Output,
) -> Result<(), RuntimeError> {
    while let Some(chunk) = output.next().await {
        let (stream, bytes) = chunk?;
        let channel = if stream == StdStream::Out { STDOUT } else { STDERR };
        if sink.send(channels.message(channel, &bytes)).await.is_err() {
            break;
        }
    }
    Ok(())
}

/// What the client sends: input until it is closed, and sizes of the terminal.
async fn feed(
    mut stream: SplitStream<WebSocket>,
    channels: Channels,
    input: std::pin::Pin<Box<dyn tokio::io::AsyncWrite + Send>>,
    resize: tokio::sync::mpsc::Sender<Resize>,
) {
    let mut input = Some(input);
    while let Some(Ok(message)) = stream.next().await {
        if matches!(message, Message::Close(_)) {
            return;
        }
        match channels.split(message) {
            Some((STDIN, data)) => {
                if let Some(pipe) = &mut input {
                    let written = pipe.write_all(&data).await;
                    if written.is_err() || pipe.flush().await.is_err() {
                        input = None;
                    }
                }
            }
            Some((CLOSE, data)) if data.first() == Some(&STDIN) => {
                if let Some(mut pipe) = input.take() {
                    // The process sees the end of its input in any case.
                    let _ = pipe.shutdown().await;
                }
            }
            Some((RESIZE, data)) => {
                if let Some(size) = size(&data) {
                    // The session is over where nobody takes it.
                    let _ = resize.send(size).await;
                }
            }
            _ => {}
        }
    }
}

/// The size of a terminal, as clients tell it.
pub(super) fn size(data: &[u8]) -> Option<Resize> {
    let value: Value = serde_json::from_slice(data).ok()?;
    let side = |name: &str| value.get(name)?.as_u64().and_then(|side| u16::try_from(side).ok());
    Some(Resize { width: side("Width")?, height: side("Height")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_of_the_parameters_are_read() {
        let api = request("command=sh&command=-c&command=echo%20a%2Bb&stdin=true&stdout=true&stderr=true");
        assert_eq!(api.command, ["sh", "-c", "echo a+b"]);
        let kubelet = request("command=sh&command=-c&command=echo+a%2Bb&input=1&output=1&error=1");
        assert_eq!(api, kubelet);
        assert!(!request("command=sh&stdin=False").stdin, "upstream takes no notice of case");
        assert!(!request("command=sh&stderr=true&tty=true").stderr, "a terminal has one output");
    }
}
