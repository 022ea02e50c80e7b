//! `/attach` over WebSocket, in the same protocols as exec.

use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::exec::{PROTOCOLS, carry, request};
use super::routes::Served;
use crate::runtime::{ExecRequest, ExecSession, RuntimeError};

/// Connects to the streams of a container's own process.
pub async fn attach(
    State(served): State<Served>,
    Path((namespace, pod, container)): Path<(String, String, String)>,
    RawQuery(query): RawQuery,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    let request = request(query.as_deref().unwrap_or_default());
    if !(request.stdin || request.stdout || request.stderr) {
        return (StatusCode::BAD_REQUEST, "you must specify at least 1 of stdin, stdout, stderr").into_response();
    }
    let Ok(upgrade) = upgrade else {
        return (StatusCode::BAD_REQUEST, "attach needs a WebSocket connection (v5.channel.k8s.io)").into_response();
    };
    upgrade.protocols(PROTOCOLS).on_upgrade(move |socket| async move {
        let session = attach_to(&served, &namespace, &pod, &container, request).await;
        carry(socket, session).await;
    })
}

/// The raw streams of the newest run of a container, whatever protocol carries them to the client.
///
/// # Errors
/// `NotFound` where the pod or container is not here; else the runtime's refusal.
pub async fn attach_to(
    served: &Served,
    namespace: &str,
    pod: &str,
    container: &str,
    request: ExecRequest,
) -> Result<ExecSession, RuntimeError> {
    let id = served.registry.run_of(namespace, pod, container, 0);
    let id = id.ok_or_else(|| RuntimeError::NotFound(format!("container not found ({container:?})")))?;
    served.runtime.attach(&id, request).await
}
