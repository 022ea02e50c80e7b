//! Subresources that are a connection rather than an object: log, exec, attach, port-forward, proxy.

mod options;

use std::sync::Arc;

use async_trait::async_trait;
use kontiki_api::object::Object;
use kontiki_api::request::{Target, User};
use kontiki_api::status::Status;
use serde_json::Value;

pub(crate) use self::options::{is_set, options};
use crate::http::Body;

/// A request that has passed authentication, authorization and admission, as it came in.
pub struct Connection {
    /// The HTTP request: method, query, headers, body; may be upgraded (`hyper::upgrade::on`).
    pub request: http::Request<hyper::body::Incoming>,
    /// The object and subresource it is addressed to. For proxies the name is as in the path,
    /// with scheme and port: `https:web:8443`.
    pub target: Target,
    /// What follows the subresource in the path, with its slashes: `/a/b`; empty for nothing.
    pub rest: String,
    /// Who asks.
    pub user: User,
    /// What was admitted of the query: the options (`PodExecOptions`) by which to connect; null for what is read rather
    /// than connected to.
    pub options: Value,
    /// The object named, where the plain name is one.
    pub object: Option<Arc<Object>>,
}

/// Serves one subresource of one collection by connecting to a node or a pod.
#[async_trait]
pub trait Connect: Send + Sync + 'static {
    /// Whether requests of methods that are no verb (`OPTIONS`) are served as well.
    fn takes_any_method(&self) -> bool {
        false
    }

    /// Whether who connects must be allowed to `create` even where the method means `get`: WebSockets can only be
    /// asked for by GET.
    fn needs_create(&self) -> bool {
        false
    }

    /// Answers, perhaps with `101 Switching Protocols`.
    ///
    /// # Errors
    /// A refusal in upstream's class.
    async fn connect(&self, connection: Connection) -> Result<http::Response<Body>, Status>;
}
