//! The paths of the kubelet's server.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use kontiki_api::request::{Cause, Request, Target, User, Verb};
use kontiki_runtime::client::Client;

use super::{attach, exec, logs, port_forward};
use crate::perform::Registry;
use crate::runtime::ContainerRuntime;

/// What the handlers use.
#[derive(Clone)]
pub struct Served {
    /// Runs the containers.
    pub runtime: Arc<dyn ContainerRuntime>,
    /// Finds them.
    pub registry: Arc<Registry>,
    /// The API server.
    pub client: Arc<dyn Client>,
    /// The node's name.
    pub node: Arc<str>,
    /// The time.
    pub clock: crate::clock::Clock,
}

/// All paths, without authorization: whoever calls them has decided that already.
pub fn routes(served: Served) -> Router {
    Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/metrics", get(metrics))
        .route("/pods", get(pods))
        .route("/containerLogs/{namespace}/{pod}/{container}", get(logs::logs))
        .route("/exec/{namespace}/{pod}/{container}", get(exec::exec).post(exec::exec))
        .route("/attach/{namespace}/{pod}/{container}", get(attach::attach).post(attach::attach))
        .route("/portForward/{namespace}/{pod}", get(port_forward::port_forward).post(port_forward::port_forward))
        .with_state(served)
}

pub(super) async fn metrics(State(served): State<Served>) -> String {
    let (sandboxes, containers) = served.registry.count();
    format!(
        "# TYPE kubelet_running_pods gauge\nkubelet_running_pods {sandboxes}\n\
         # TYPE kubelet_running_containers gauge\nkubelet_running_containers {containers}\n"
    )
}

pub(super) async fn pods(State(served): State<Served>) -> Response {
    let request = Request {
        verb: Verb::List,
        target: Target { version: "v1".into(), plural: "pods".into(), ..Target::default() },
        query: vec![("fieldSelector".into(), format!("spec.nodeName={}", served.node))],
        content_type: "".into(),
        body: Bytes::new(),
        user: User {
            name: format!("system:node:{}", served.node).into(),
            groups: vec!["system:nodes".into(), "system:authenticated".into()],
            ..User::default()
        },
        cause: Cause::Request,
        id: None,
        leader: None,
        agent: "kubelet".into(),
    };
    match served.client.call(request).await {
        Ok(answer) => ([("content-type", "application/json")], answer.body).into_response(),
        Err(status) => {
            (StatusCode::from_u16(status.reason.code()).unwrap_or(StatusCode::BAD_GATEWAY), status.message).into_response()
        }
    }
}
