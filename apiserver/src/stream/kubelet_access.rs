//! Who may use a kubelet's own port.

use std::sync::Arc;

use http::HeaderMap;
use kontiki_api::status::Status;
use rustls_pki_types::CertificateDer;

use crate::authenticate::Authenticate;
use crate::authorize::{Attributes, Authorize, Decision, forbidden};

/// Authenticates and authorizes requests to port 10250 in process, by the rules of upstream's kubelet: a request is
/// one to the subresource of the node that its path stands for.
#[derive(Clone)]
pub struct KubeletAccess {
    authenticator: Arc<dyn Authenticate>,
    authorizer: Arc<dyn Authorize>,
}

impl KubeletAccess {
    /// Judges as the API server does.
    pub fn new(authenticator: Arc<dyn Authenticate>, authorizer: Arc<dyn Authorize>) -> Self {
        Self { authenticator, authorizer }
    }

    /// Whether the sender of `headers` over a connection with client certificates `peer` may `verb` (`get`, `create`, …)
    /// the `subresource` (`proxy`, `log`, `stats`, `metrics`, …) of `node`.
    ///
    /// # Errors
    /// 401 or 403.
    pub async fn check(
        &self,
        headers: &HeaderMap,
        peer: &[CertificateDer<'static>],
        node: &str,
        verb: &str,
        subresource: &str,
    ) -> Result<(), Status> {
        let user = self.authenticator.authenticate(headers, peer).await?;
        let asked = Attributes {
            user,
            verb: verb.into(),
            resource: "nodes".into(),
            subresource: subresource.into(),
            name: node.into(),
            ..Attributes::default()
        };
        match self.authorizer.authorize(&asked) {
            Decision::Allow => Ok(()),
            Decision::NoOpinion(why) => Err(forbidden(&asked, &why)),
        }
    }
}
