//! `/exec` over WebSocket: `v5.channel.k8s.io` and `v4.channel.k8s.io`.

use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;

use super::routes::Served;
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
pub(super) const PROTOCOLS: [&str; 2] = ["v5.channel.k8s.io", "v4.channel.k8s.io"];

/// Runs a command in a container.
pub async fn exec(
    State(served): State<Served>,
    Path((namespace, pod, container)): Path<(String, String, String)>,
    RawQuery(query): RawQuery,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let request = request(query.as_deref().unwrap_or_default());
    if request.command.is_empty() {
        return (StatusCode::BAD_REQUEST, "you must specify at least 1 command for the container").into_response();
    }
    let Some(id) = served.registry.run_of(&namespace, &pod, &container, 0) else {
        return (StatusCode::NOT_FOUND, format!("container not found ({container:?})")).into_response();
    };
    let Ok(upgrade) = upgrade else {
        return (StatusCode::BAD_REQUEST, "exec needs a WebSocket connection (v5.channel.k8s.io)").into_response();
    };
    let upgrade = upgrade.protocols(PROTOCOLS);
    upgrade.on_upgrade(move |socket| async move {
        let session = served.runtime.exec(&id, request).await;
        carry(socket, session).await;
    })
}

/// What exec and attach ask for. Reads both the API's names of the parameters and those that upstream's API server sends kubelets.
pub(super) fn request(query: &str) -> ExecRequest {
    let mut request = ExecRequest::default();
    for (name, value) in form(query) {
        let set = !matches!(value.as_str(), "0" | "false");
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

pub(super) async fn carry(socket: WebSocket, session: Result<ExecSession, RuntimeError>) {
    let (mut sink, stream) = socket.split();
    let status = match session {
        Ok(session) => {
            let ExecSession { input, mut output, resize, exit } = session;
            let reader = tokio::spawn(feed(stream, input, resize));
            let carried = send_output(&mut sink, &mut output).await;
            reader.abort();
            match (carried, exit.await) {
                (Ok(()), Ok(code)) => exit_status(code),
                (Err(error), _) | (_, Err(error)) => failure(&error.to_string()),
            }
        }
        Err(error) => failure(&error.to_string()),
    };
    // A client that has gone needs no last words.
    let _ = sink.send(message(ERROR, status.to_string().as_bytes())).await;
    let end = CloseFrame { code: close_code::NORMAL, reason: "".into() };
    let _ = sink.send(Message::Close(Some(end))).await;
    let _ = sink.close().await;
}

type Output = futures::stream::BoxStream<'static, Result<(StdStream, Bytes), RuntimeError>>;

async fn send_output(sink: &mut SplitSink<WebSocket, Message>, output: &mut Output) -> Result<(), RuntimeError> {
    while let Some(chunk) = output.next().await {
        let (stream, bytes) = chunk?;
        let channel = if stream == StdStream::Out { STDOUT } else { STDERR };
        if sink.send(message(channel, &bytes)).await.is_err() {
            break;
        }
    }
    Ok(())
}

pub(super) fn message(channel: u8, bytes: &[u8]) -> Message {
    Message::Binary([&[channel], bytes].concat().into())
}

/// What the client sends: input until it is closed, and sizes of the terminal.
async fn feed(
    mut stream: SplitStream<WebSocket>,
    input: std::pin::Pin<Box<dyn tokio::io::AsyncWrite + Send>>,
    resize: tokio::sync::mpsc::Sender<Resize>,
) {
    let mut input = Some(input);
    while let Some(Ok(message)) = stream.next().await {
        let bytes = match message {
            Message::Binary(bytes) => bytes,
            Message::Close(_) => return,
            _ => continue,
        };
        match bytes.split_first() {
            Some((&STDIN, data)) => {
                if let Some(pipe) = &mut input {
                    let written = pipe.write_all(data).await;
                    if written.is_err() || pipe.flush().await.is_err() {
                        input = None;
                    }
                }
            }
            Some((&CLOSE, [STDIN, ..])) => {
                if let Some(mut pipe) = input.take() {
                    // The process sees the end of its input in any case.
                    let _ = pipe.shutdown().await;
                }
            }
            Some((&RESIZE, data)) => {
                if let Some(size) = size(data) {
                    // The session is over where nobody takes it.
                    let _ = resize.send(size).await;
                }
            }
            _ => {}
        }
    }
}

fn size(data: &[u8]) -> Option<Resize> {
    let value: Value = serde_json::from_slice(data).ok()?;
    let side = |name: &str| value.get(name)?.as_u64().and_then(|side| u16::try_from(side).ok());
    Some(Resize { width: side("Width")?, height: side("Height")? })
}

fn exit_status(code: i64) -> Value {
    if code == 0 {
        return json!({"metadata": {}, "status": "Success"});
    }
    json!({
        "metadata": {},
        "status": "Failure",
        "message": format!("command terminated with non-zero exit code: exit status {code}"),
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": code.to_string()}]},
    })
}

fn failure(message: &str) -> Value {
    json!({"metadata": {}, "status": "Failure", "message": message, "reason": "InternalError", "code": 500})
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
        assert!(!request("command=sh&stderr=true&tty=true").stderr, "a terminal has one output");
    }
}
