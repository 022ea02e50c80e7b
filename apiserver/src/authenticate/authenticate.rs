//! The step as the pipeline sees it.

use async_trait::async_trait;
use http::HeaderMap;
use kontiki_api::request::User;
use kontiki_api::status::Status;
use rustls_pki_types::CertificateDer;

/// Tells who sent a request.
#[async_trait]
pub trait Authenticate: Send + Sync + 'static {
    /// The user behind these headers and the connection's client certificate chain (leaf first;
    /// only its possession is proved by the handshake, the chain is judged here). Without any
    /// credentials: `system:anonymous`. Impersonation is applied later, after authorization.
    ///
    /// # Errors
    /// `Unauthorized` where credentials are there and do not hold.
    async fn authenticate(&self, headers: &HeaderMap, peer: &[CertificateDer<'static>]) -> Result<User, Status>;

    /// Whether `peer` is another master, which tells in headers for whom it asks.
    fn is_master(&self, peer: &[CertificateDer<'static>]) -> bool {
        let _ = peer;
        false
    }
}
