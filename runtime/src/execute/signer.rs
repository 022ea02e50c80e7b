//! Who makes service-account tokens.

use async_trait::async_trait;
use kontiki_api::meta::NsName;
use kontiki_api::status::Status;

use crate::plan::Precondition;

/// What goes into a token Secret.
#[derive(Clone)]
pub struct IssuedToken {
    /// The signed token.
    pub token: String,
    /// The cluster's CA certificates, PEM.
    pub ca_pem: String,
}

/// Signs the tokens of Secrets of type `kubernetes.io/service-account-token`.
#[async_trait]
pub trait TokenSigner: Send + Sync + 'static {
    /// A token for `service_account`, bound to `secret`.
    ///
    /// # Errors
    /// Why there is none; told to the reconciler as a refusal.
    async fn issue(&self, secret: &Precondition, service_account: &NsName) -> Result<IssuedToken, Status>;
}

/// Refuses: for engines without a reconciler that plans tokens.
#[derive(Clone, Copy, Debug)]
pub struct NoSigner;

#[async_trait]
impl TokenSigner for NoSigner {
    async fn issue(&self, _: &Precondition, _: &NsName) -> Result<IssuedToken, Status> {
        Err(Status::internal("this engine was started without a token signer"))
    }
}
