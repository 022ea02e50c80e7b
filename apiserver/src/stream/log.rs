//! `pods/log`.

use async_trait::async_trait;
use bytes::Bytes;
use futures::{Stream, StreamExt};
use http::header::CONTENT_TYPE;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyStream, Empty};
use kontiki_api::status::Status;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::backend::{Backend, refusal};
use super::container::container;
use super::log_options::LogOptions;
use super::log_socket;
use crate::connect::{Connect, Connection};
use crate::http::{Body, Socket, parse_query};

/// The log of a container, as its kubelet tells it; goes on where it is followed.
pub(super) struct PodLog {
    pub backend: Backend,
    pub stop: CancellationToken,
}

#[async_trait]
impl Connect for PodLog {
    async fn connect(&self, connection: Connection) -> Result<Response<Body>, Status> {
        let target = &connection.target;
        let query = parse_query(connection.request.uri().query().unwrap_or_default());
        let LogOptions { container: asked, query } = LogOptions::read(&target.name, &query)?;
        let pod = connection.object.as_ref().ok_or_else(|| Status::not_found("", "pods", &target.name))?.to_value();
        let container = container(&pod, &asked)?;
        let node = pod.pointer("/spec/nodeName").and_then(Value::as_str).unwrap_or_default();
        if node.is_empty() {
            // As upstream: what runs nowhere yet has said nothing yet.
            return self.tell(connection, futures::stream::empty());
        }
        let path = format!("/containerLogs/{}/{}/{container}?{query}", target.namespace, target.name);
        let request = Request::get(path).body(Empty::new()).map_err(|error| Status::bad_request(error.to_string()))?;
        let response = self.backend.send(node, request).await?;
        if response.status() != StatusCode::OK {
            return Err(refusal(response).await);
        }
        let frames = BodyStream::new(response.into_body());
        let chunks = frames.filter_map(|frame| std::future::ready(frame.ok().and_then(|frame| frame.into_data().ok())));
        self.tell(connection, chunks)
    }
}

impl PodLog {
    /// Answers `chunks` as a body, or as a WebSocket's messages where the client asks for one.
    fn tell(
        &self,
        mut connection: Connection,
        chunks: impl Stream<Item = Bytes> + Send + 'static,
    ) -> Result<Response<Body>, Status> {
        match Socket::asked(&mut connection.request) {
            Some(socket) => log_socket::answer(socket, chunks, self.stop.clone()),
            None => Ok(plain(Body::chunks(chunks))),
        }
    }
}

fn plain(body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, http::HeaderValue::from_static("text/plain"));
    response
}
