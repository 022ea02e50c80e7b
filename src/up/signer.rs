//! Tokens for Secrets: the key stays with the server.

use std::sync::Arc;

use async_trait::async_trait;
use kontiki_api::meta::{Key, NsName};
use kontiki_api::status::Status;
use kontiki_apiserver::authenticate::Tokens;
use kontiki_runtime::execute::{IssuedToken, TokenSigner};
use kontiki_runtime::plan::Precondition;
use kontiki_store::Store;

/// Signs with the server's key for service accounts that are in the store.
pub struct Signer {
    /// The server's tokens.
    pub tokens: Arc<Tokens>,
    /// Where service accounts are looked up.
    pub store: Arc<dyn Store>,
    /// The cluster's CA, PEM.
    pub authority: String,
}

#[async_trait]
impl TokenSigner for Signer {
    async fn issue(&self, secret: &Precondition, account: &NsName) -> Result<IssuedToken, Status> {
        let key = Key::new("serviceaccounts", account.namespace.clone(), account.name.clone());
        let found = self.store.get(&key).ok_or_else(|| Status::not_found("", "serviceaccounts", &account.name))?;
        let token = self
            .tokens
            .legacy(&account.namespace, &account.name, &found.head.uid, &secret.key.name)
            .map_err(|error| Status::internal(format!("cannot sign a token for {account}: {error}")))?;
        Ok(IssuedToken { token, ca_pem: self.authority.clone() })
    }
}
