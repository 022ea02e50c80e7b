//! Who may use the kubelet's server.

use async_trait::async_trait;
use http::{HeaderMap, Method};
use rustls::pki_types::CertificateDer;

/// One call on the kubelet's port.
#[derive(Clone, Debug)]
pub struct Call {
    /// Its method.
    pub method: Method,
    /// Its path.
    pub path: String,
    /// Its headers, credentials among them.
    pub headers: HeaderMap,
    /// The client's certificates, leaf first; only their possession is proved.
    pub certificates: Vec<CertificateDer<'static>>,
}

impl Call {
    /// The subresource of `nodes` that upstream's kubelet asks authorization for.
    pub fn subresource(&self) -> &'static str {
        match self.path.split('/').nth(1) {
            Some("stats") => "stats",
            Some("metrics") => "metrics",
            Some("logs") => "log",
            Some("healthz") => "healthz",
            Some("pods") => "pods",
            _ => "proxy",
        }
    }

    /// The verb that upstream's kubelet asks authorization for.
    pub fn verb(&self) -> &'static str {
        match self.method {
            Method::POST => "create",
            Method::PUT => "update",
            Method::PATCH => "patch",
            Method::DELETE => "delete",
            _ => "get",
        }
    }
}

/// Decides on calls: wired to the cluster's authentication and authorization.
#[async_trait]
pub trait Authorizer: Send + Sync + 'static {
    /// Whether the call may go on.
    ///
    /// # Errors
    /// The HTTP status code (401, 403) and why.
    async fn authorize(&self, call: &Call) -> Result<(), (u16, String)>;
}
