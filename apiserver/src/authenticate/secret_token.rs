//! Tokens for Secrets of type `kubernetes.io/service-account-token`.

use kontiki_api::meta::Key;
use kontiki_api::status::Status;
use kontiki_store::Store;

use super::Tokens;

impl Tokens {
    /// The token that the Secret called `secret` shall hold for the service account `account`, both in `namespace`.
    ///
    /// # Errors
    /// 404 where there is no such account.
    pub fn for_secret(&self, store: &dyn Store, namespace: &str, account: &str, secret: &str) -> Result<String, Status> {
        let found = store.get(&Key::new("serviceaccounts", namespace, account));
        let found = found.ok_or_else(|| Status::not_found("", "serviceaccounts", account))?;
        self.legacy(namespace, account, &found.head.uid, secret).map_err(|error| Status::internal(error.to_string()))
    }
}
