//! Connections to kubelets.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use kontiki_api::meta::Key;
use kontiki_api::status::{Reason, Status};
use kontiki_store::Store;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::node_address::node_address;

/// How long a kubelet may take to accept a connection.
const DIAL: Duration = Duration::from_secs(10);

/// How much of a kubelet's refusal is passed on.
const REFUSAL_BYTES: usize = 64 << 10;

/// Reaches the kubelets of the nodes in the store.
#[derive(Clone)]
pub(super) struct Backend {
    store: Arc<dyn Store>,
    tls: TlsConnector,
}

impl Backend {
    pub fn new(store: Arc<dyn Store>, tls: ClientConfig) -> Self {
        Self { store, tls: TlsConnector::from(Arc::new(tls)) }
    }

    /// Sends `request` (path and query only) to the kubelet of `node`.
    ///
    /// # Errors
    /// 404 where there is no such node, 500 where its kubelet cannot be reached.
    pub async fn send(&self, node: &str, mut request: Request<Empty<Bytes>>) -> Result<Response<Incoming>, Status> {
        let found = self.store.get(&Key::new("nodes", "", node)).ok_or_else(|| Status::not_found("", "nodes", node))?;
        let (host, port) = node_address(&found.to_value())
            .ok_or_else(|| Status::internal(format!("no preferred addresses found for node {node:?}")))?;
        let failed = |why: String| Status::internal(format!("error dialing backend {host}:{port}: {why}"));
        let name = ServerName::try_from(host.clone()).map_err(|error| failed(error.to_string()))?;
        let dialled = tokio::time::timeout(DIAL, async {
            let tcp = TcpStream::connect((host.as_str(), port)).await?;
            // Keystrokes shall not wait for more; a failure costs only that.
            let _ = tcp.set_nodelay(true);
            self.tls.connect(name, tcp).await
        });
        let stream = match dialled.await {
            Ok(stream) => stream.map_err(|error| failed(error.to_string()))?,
            Err(_) => return Err(failed(format!("no answer within {} s", DIAL.as_secs()))),
        };
        let shaken = http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = shaken.map_err(|error| failed(error.to_string()))?;
        tokio::spawn(async move {
            if let Err(error) = connection.with_upgrades().await {
                tracing::debug!(%error, "a connection to a kubelet broke off");
            }
        });
        if let Ok(authority) = format!("{host}:{port}").parse() {
            request.headers_mut().insert(http::header::HOST, authority);
        }
        sender.send_request(request).await.map_err(|error| failed(error.to_string()))
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
