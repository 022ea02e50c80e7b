//! `/attach`, in the same protocols as exec.

use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::exec::{request, session};
use super::routes::Served;
use super::upgrade::Upgrade;
use crate::runtime::{ExecRequest, ExecSession, RuntimeError};

/// Connects to the streams of a container's own process.
pub async fn attach(
    State(served): State<Served>,
    Path((namespace, pod, container)): Path<(String, String, String)>,
    RawQuery(query): RawQuery,
    upgrade: Upgrade,
) -> Response {
    let request = request(query.as_deref().unwrap_or_default());
    if !(request.stdin || request.stdout || request.stderr) {
        return (StatusCode::BAD_REQUEST, "you must specify at least 1 of stdin, stdout, stderr").into_response();
    }
    let asked = request.clone();
    session(upgrade, asked, async move { attach_to(&served, &namespace, &pod, &container, request).await })
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
