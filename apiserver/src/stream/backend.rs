//! Connections to kubelets.

use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Incoming;
use kontiki_api::meta::Key;
use kontiki_api::status::{Reason, Status};
use kontiki_store::Store;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use serde_json::Value;
use tokio_rustls::TlsConnector;

use super::node_address::node_address;
use crate::proxy::Destination;

/// How much of a kubelet's refusal is passed on.
const REFUSAL_BYTES: usize = 64 << 10;

/// Reaches the kubelets of the nodes in the store.
#[derive(Clone)]
pub(crate) struct Backend {
    store: Arc<dyn Store>,
    tls: TlsConnector,
}

impl Backend {
    pub fn new(store: Arc<dyn Store>, tls: ClientConfig) -> Self {
        Self { store, tls: TlsConnector::from(Arc::new(tls)) }
    }

    /// The kubelet of `node`, spoken to as the API server itself.
    ///
    /// # Errors
    /// 404 where there is no such node, 500 where it tells no address.
    pub fn destination(&self, node: &str) -> Result<Destination, Status> {
        let found = self.store.get(&Key::new("nodes", "", node)).ok_or_else(|| Status::not_found("", "nodes", node))?;
        let (host, port) = node_address(&found.to_value())
            .ok_or_else(|| Status::internal(format!("no preferred addresses found for node {node:?}")))?;
        let name = ServerName::try_from(host.clone());
        let name = name.map_err(|error| Status::internal(format!("error dialing backend: {error}")))?;
        Ok(Destination { host, port, tls: Some((self.tls.clone(), name)) })
    }

    /// Sends `request` (path and query only) to the kubelet of `node`.
    ///
    /// # Errors
    /// 404 where there is no such node, 500 where its kubelet cannot be reached.
    pub async fn send(&self, node: &str, mut request: Request<Empty<Bytes>>) -> Result<Response<Incoming>, Status> {
        let kubelet = self.destination(node)?;
        if let Ok(authority) = kubelet.authority().parse() {
            request.headers_mut().insert(http::header::HOST, authority);
        }
        let failed = |error| Status::internal(format!("error dialing backend: {error}")).answered_as(500, "");
        kubelet.send(request).await.map_err(failed)
    }
}

/// What a kubelet answered instead of what was asked for, as a Status.
pub(super) async fn refusal(response: Response<Incoming>) -> Status {
    let code = response.status();
    let body = Limited::new(response.into_body(), REFUSAL_BYTES).collect().await;
    let body = body.map(|body| body.to_bytes()).unwrap_or_default();
    if let Some(status) = serde_json::from_slice::<Value>(&body).ok().as_ref().and_then(Status::from_value) {
        return status;
    }
    let reason = match code.as_u16() {
        400 => Reason::BadRequest,
        401 => Reason::Unauthorized,
        403 => Reason::Forbidden,
        404 => Reason::NotFound,
        405 => Reason::MethodNotAllowed,
        503 => Reason::ServiceUnavailable,
        _ => Reason::InternalError,
    };
    Status::new(reason, String::from_utf8_lossy(&body).trim())
}
