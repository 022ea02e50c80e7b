//! `/portForward`: connections into a pod's network, over SPDY, over SPDY inside a WebSocket, or over the channels
//! of a WebSocket.

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::exec::form;
use super::forward_channels::forward_channels;
use super::forward_streams::forward_streams;
use super::routes::Served;
use super::tunnel::tunnel;
use super::upgrade::{Upgrade, required};

/// What is spoken above SPDY.
const STREAMS: &str = "portforward.k8s.io";
/// SPDY inside a WebSocket, as kubectl speaks it since 1.31.
const TUNNEL: &str = "SPDY/3.1+portforward.k8s.io";
/// What is spoken over WebSockets, the most preferred first.
const PROTOCOLS: [&str; 5] = [TUNNEL, "v4.channel.k8s.io", "v4.base64.channel.k8s.io", STREAMS, "channel.k8s.io"];
/// Most ports of one connection over channels: a channel is one byte, and each port has two.
const MOST_PORTS: usize = 64;

/// Forwards connections to ports of a pod.
pub async fn port_forward(
    State(served): State<Served>,
    Path((namespace, pod)): Path<(String, String)>,
    RawQuery(query): RawQuery,
    upgrade: Upgrade,
) -> Response {
    match upgrade {
        Upgrade::Spdy(upgrade) => upgrade.on_upgrade(&[STREAMS], move |io, _| forward_streams(io, served, namespace, pod)),
        Upgrade::WebSocket(upgrade) => websocket(served, namespace, pod, query.as_deref().unwrap_or_default(), upgrade),
        Upgrade::None => required(),
    }
}

fn websocket(served: Served, namespace: String, pod: String, query: &str, upgrade: WebSocketUpgrade) -> Response {
    let ports = ports(query);
    let upgrade = upgrade.protocols(PROTOCOLS);
    if upgrade.selected_protocol().is_some_and(|chosen| chosen == TUNNEL) {
        return upgrade.on_upgrade(move |socket| forward_streams(tunnel(socket), served, namespace, pod));
    }
    match ports {
        Some(ports) => upgrade.on_upgrade(move |socket| forward_channels(served, namespace, pod, ports, socket)),
        None => (StatusCode::BAD_REQUEST, "query parameter \"ports\" is required: up to 64 port numbers").into_response(),
    }
}

/// The ports of a query: `None` where they are too few, too many, or none.
fn ports(query: &str) -> Option<Vec<u16>> {
    let asked = form(query).filter(|(name, _)| matches!(name.as_str(), "ports" | "port"));
    let lists: Vec<String> = asked.map(|(_, list)| list).collect();
    let ports: Result<Vec<u16>, _> = lists.iter().flat_map(|list| list.split(',')).map(str::parse).collect();
    ports.ok().filter(|ports| (1..=MOST_PORTS).contains(&ports.len()))
}
