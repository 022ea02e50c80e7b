//! `pods/exec`, `pods/attach`, `pods/portforward`: an upgraded connection, handed through to the kubelet.

use async_trait::async_trait;
use bytes::Bytes;
use http::header::{CONNECTION, HeaderName, SEC_WEBSOCKET_PROTOCOL, UPGRADE};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body_util::Empty;
use kontiki_api::status::Status;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::backend::{Backend, refusal};
use super::container::container;
use super::kubelet_query::kubelet_query;
use crate::connect::{Connect, Connection};
use crate::http::Body;
use crate::proxy::relay;

/// Headers that make and name the upgraded protocol; no credentials of the client among them.
const PASSED: [HeaderName; 6] = [
    CONNECTION,
    UPGRADE,
    HeaderName::from_static("sec-websocket-key"),
    HeaderName::from_static("sec-websocket-version"),
    HeaderName::from_static("sec-websocket-extensions"),
    HeaderName::from_static("x-stream-protocol-version"),
];

/// Clients may hide their token among the protocols; the kubelet shall not see it.
const HIDDEN_TOKEN: &str = "base64url.bearer.authorization.k8s.io.";

/// One of the streams of a pod. Whatever protocol the client and the kubelet agree on (WebSocket, SPDY), its bytes
/// pass unchanged, and each side learns when the other has ended its half.
pub(super) struct PodStream {
    pub backend: Backend,
    /// The kubelet's first path segment.
    pub path: &'static str,
    /// Whether it is about one container of the pod.
    pub in_container: bool,
    pub stop: CancellationToken,
}

#[async_trait]
impl Connect for PodStream {
    fn needs_create(&self) -> bool {
        true
    }

    async fn connect(&self, mut connection: Connection) -> Result<Response<Body>, Status> {
        if !connection.request.headers().contains_key(UPGRADE) {
            return Err(Status::bad_request("Upgrade request required"));
        }
        let target = &connection.target;
        let pod = connection.object.as_ref().ok_or_else(|| Status::not_found("", "pods", &target.name))?.to_value();
        let path = self.path_of(&pod, &connection)?;
        let node = pod.pointer("/spec/nodeName").and_then(Value::as_str).unwrap_or_default();
        if node.is_empty() {
            return Err(Status::bad_request(format!("pod {} does not have a host assigned", target.name)));
        }
        let request = self.request(&path, &connection)?;
        let mut response = self.backend.send(node, request).await?;
        if response.status() != StatusCode::SWITCHING_PROTOCOLS {
            return Err(refusal(response).await);
        }
        let kubelet = hyper::upgrade::on(&mut response);
        let client = hyper::upgrade::on(&mut connection.request);
        tokio::spawn(relay(client, kubelet, self.stop.clone()));
        let mut answer = Response::new(Body::empty());
        *answer.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
        *answer.headers_mut() = std::mem::take(response.headers_mut());
        Ok(answer)
    }
}

impl PodStream {
    fn path_of(&self, pod: &Value, connection: &Connection) -> Result<String, Status> {
        let target = &connection.target;
        let asked = connection.options.get("container").and_then(Value::as_str).unwrap_or_default();
        let query = kubelet_query(&connection.options);
        let pod_path = format!("/{}/{}/{}", self.path, target.namespace, target.name);
        match self.in_container {
            true => Ok(format!("{pod_path}/{}?{query}", container(pod, asked)?)),
            false => Ok(format!("{pod_path}?{query}")),
        }
    }

    fn request(&self, path: &str, connection: &Connection) -> Result<Request<Empty<Bytes>>, Status> {
        let request = Request::builder().method(connection.request.method()).uri(path).body(Empty::new());
        let mut request = request.map_err(|error| Status::bad_request(error.to_string()))?;
        copy_headers(connection.request.headers(), request.headers_mut());
        Ok(request)
    }
}

fn copy_headers(from: &HeaderMap, to: &mut HeaderMap) {
    for name in &PASSED {
        for value in from.get_all(name) {
            to.append(name, value.clone());
        }
    }
    let protocols = from.get_all(SEC_WEBSOCKET_PROTOCOL).iter().filter_map(|value| value.to_str().ok());
    let names = protocols.flat_map(|value| value.split(',')).map(str::trim);
    let shown: Vec<&str> = names.filter(|name| !name.is_empty() && !name.starts_with(HIDDEN_TOKEN)).collect();
    if let (false, Ok(value)) = (shown.is_empty(), HeaderValue::from_str(&shown.join(", "))) {
        to.insert(SEC_WEBSOCKET_PROTOCOL, value);
    }
}
