//! A service account, as far as its pods depend on it.

use std::collections::BTreeMap;

use kontiki_api::meta::Key;
use kontiki_api::status::Status;
use serde::Deserialize;
use serde_json::Value;

use crate::admit::Admission;
use crate::admit::fields::text;

/// Says whether an account's pods get no other Secrets than those that it names.
const ENFORCE: &str = "kubernetes.io/enforce-mountable-secrets";

/// What pods get from their account.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Account {
    metadata: Metadata,
    /// Whether pods get its token that do not say so.
    pub automount_service_account_token: Option<bool>,
    /// What images are pulled with.
    pub image_pull_secrets: Vec<Value>,
    secrets: Vec<Value>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Metadata {
    name: String,
    annotations: BTreeMap<String, String>,
}

impl Account {
    /// The account called `name` in the namespace of the request.
    ///
    /// # Errors
    /// 403 where there is none.
    pub fn of(admission: &Admission<'_>, name: &str) -> Result<Self, Status> {
        let namespace = &admission.target.namespace;
        let Some(account) = admission.store.get(&Key::new("serviceaccounts", namespace.clone(), name)) else {
            let why = format!("error looking up service account {namespace}/{name}: serviceaccount {name:?} not found");
            return Err(admission.forbidden(&why));
        };
        Ok(serde_json::from_slice(&account.value.whole()).unwrap_or_default())
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.metadata.name
    }

    /// Whether its pods may refer to the Secrets alone that it names.
    pub fn limits_secrets(&self) -> bool {
        let said = self.metadata.annotations.get(ENFORCE).map(String::as_str);
        matches!(said, Some("1" | "t" | "T" | "true" | "TRUE" | "True"))
    }

    /// Whether it names the Secret `name` for its pods.
    pub fn has_secret(&self, name: &str) -> bool {
        self.secrets.iter().any(|secret| text(secret, "/name") == name)
    }

    /// Whether it names the Secret `name` to pull images with.
    pub fn has_pull_secret(&self, name: &str) -> bool {
        self.image_pull_secrets.iter().any(|secret| text(secret, "/name") == name)
    }
}
