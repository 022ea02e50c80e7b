//! `/portForward`: connections into a pod's network.
//!
//! Served over WebSocket as `v4.channel.k8s.io` (the Python client's way); SPDY and its tunnel only need [`dial`].

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures::{SinkExt, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::OwnedReadHalf;
use tokio::sync::mpsc;

use super::exec::{form, message};
use super::routes::Served;
use crate::network;
use crate::runtime::RuntimeError;

/// How long a pod may take to accept a connection.
const DIAL: Duration = Duration::from_secs(10);
/// Most ports of one connection: a channel is one byte, and each port has two.
const MOST_PORTS: usize = 64;
/// Messages that may wait for a slow client.
const QUEUE: usize = 16;
/// Bytes read from the pod at once.
const CHUNK: usize = 16 << 10;

/// Why a port of a pod cannot be reached.
#[derive(Debug, thiserror::Error)]
pub enum DialError {
    /// The pod is not here, or has no sandbox.
    #[error("pod {0} has no running sandbox on this node")]
    NoPod(String),
    /// The runtime does not say where the pod's network is.
    #[error("cannot find the pod's network")]
    Runtime(#[from] RuntimeError),
    /// Nobody accepts.
    #[error("failed to connect to localhost:{port} inside the pod: {source}")]
    Refused {
        /// The port.
        port: u16,
        /// The system's reason.
        source: std::io::Error,
    },
}

/// Connects to `port` of the pod's loopback, over IPv4 or IPv6, from within the pod's network namespace.
///
/// # Errors
/// See [`DialError`].
pub async fn dial(served: &Served, namespace: &str, pod: &str, port: u16) -> Result<TcpStream, DialError> {
    let none = || DialError::NoPod(format!("{namespace}/{pod}"));
    let id = served.registry.sandbox_of(namespace, pod).ok_or_else(none)?;
    let pid = served.runtime.inspect(&id).await?.pid;
    if pid == 0 {
        return Err(none());
    }
    let to = [SocketAddr::from((Ipv4Addr::LOCALHOST, port)), SocketAddr::from((Ipv6Addr::LOCALHOST, port))];
    network::dial(pid, to.to_vec(), DIAL).await.map_err(|source| DialError::Refused { port, source })
}

/// Forwards the ports of the query. Channels 2n and 2n+1 are data and error of the n-th port; each begins
/// with the port's number.
pub async fn port_forward(
    State(served): State<Served>,
    Path((namespace, pod)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let asked = form(query.as_deref().unwrap_or_default()).filter(|(name, _)| matches!(name.as_str(), "ports" | "port"));
    let lists: Vec<String> = asked.map(|(_, list)| list).collect();
    let ports: Result<Vec<u16>, _> = lists.iter().flat_map(|list| list.split(',')).map(str::parse).collect();
    let Some(ports) = ports.ok().filter(|ports| (1..=MOST_PORTS).contains(&ports.len())) else {
        return (StatusCode::BAD_REQUEST, "query parameter \"ports\" is required: up to 64 port numbers").into_response();
    };
    let Ok(upgrade) = upgrade else {
        return (StatusCode::BAD_REQUEST, "port-forward needs a WebSocket connection (v4.channel.k8s.io)").into_response();
    };
    let upgrade = upgrade.protocols(["v4.channel.k8s.io"]);
    upgrade.on_upgrade(move |socket| forward(served, namespace, pod, ports, socket))
}

async fn forward(served: Served, namespace: String, pod: String, ports: Vec<u16>, socket: WebSocket) {
    let (mut sink, mut stream) = socket.split();
    let (sender, mut outgoing) = mpsc::channel::<Message>(QUEUE);
    let mut inputs = Vec::with_capacity(ports.len());
    for (channel, port) in (0_u8..).step_by(2).zip(ports) {
        let (input, bytes) = mpsc::channel::<bytes::Bytes>(QUEUE);
        inputs.push(input);
        let (served, namespace, pod, sender) = (served.clone(), namespace.clone(), pod.clone(), sender.clone());
        tokio::spawn(async move {
            for channel in [channel, channel + 1] {
                // A client that has gone shows below.
                let _ = sender.send(message(channel, &port.to_le_bytes())).await;
            }
            match dial(&served, &namespace, &pod, port).await {
                Ok(stream) => carry(stream, channel, bytes, sender).await,
                Err(error) => {
                    let _ = sender.send(message(channel + 1, error.to_string().as_bytes())).await;
                }
            }
        });
    }
    drop(sender);
    loop {
        tokio::select! {
            out = outgoing.recv() => match out {
                Some(out) => if sink.send(out).await.is_err() { break },
                None => break,
            },
            incoming = stream.next() => match incoming {
                Some(Ok(Message::Binary(bytes))) => {
                    let Some((channel, _)) = bytes.split_first() else { continue };
                    if let Some(input) = inputs.get(usize::from(channel / 2)).filter(|_| channel % 2 == 0) {
                        // A connection that the pod has closed takes no more.
                        let _ = input.send(bytes.slice(1..)).await;
                    }
                }
                Some(Ok(Message::Close(_)) | Err(_)) | None => break,
                Some(Ok(_)) => {}
            },
        }
    }
    // A client that has gone needs no farewell.
    let _ = sink.close().await;
}

/// Carries one connection's bytes both ways until either side ends.
async fn carry(stream: TcpStream, channel: u8, mut input: mpsc::Receiver<bytes::Bytes>, output: mpsc::Sender<Message>) {
    let (reader, mut writer) = stream.into_split();
    let reading = tokio::spawn(read(reader, channel, output));
    while let Some(bytes) = input.recv().await {
        if writer.write_all(&bytes).await.is_err() {
            break;
        }
    }
    reading.abort();
}

async fn read(mut reader: OwnedReadHalf, channel: u8, output: mpsc::Sender<Message>) {
    let mut buffer = vec![0; CHUNK];
    while let Ok(length) = reader.read(&mut buffer).await {
        let Some(bytes) = buffer.get(..length).filter(|bytes| !bytes.is_empty()) else { return };
        if output.send(message(channel, bytes)).await.is_err() {
            return;
        }
    }
}
