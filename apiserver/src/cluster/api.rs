//! What answers requests about the cluster's members.

use async_trait::async_trait;
use bytes::Bytes;
use http::Method;
use kontiki_api::status::Status;
use serde_json::Value;

/// A request about the cluster's members.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The method.
    pub method: Method,
    /// The path behind `/kontiki/v1/`, such as `members/2`.
    pub path: String,
    /// The body; at most what any request may hold.
    pub body: Bytes,
    /// The bearer token, where nobody has been authenticated yet.
    pub token: String,
}

/// Answers requests about the cluster's members.
#[async_trait]
pub trait ClusterApi: Send + Sync + 'static {
    /// Whether `path` is asked by those who have no credentials yet; it judges its callers itself.
    fn is_open(&self, path: &str) -> bool;

    /// The answer, JSON. Whoever asks has been authenticated and authorized for the path, unless it is open.
    ///
    /// # Errors
    /// The refusal.
    async fn answer(&self, asked: Asked) -> Result<Value, Status>;
}
