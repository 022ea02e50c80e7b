//! `core/v1 ServiceAccount`.

use serde::Deserialize;

use super::View;
use crate::Text;

/// What is read of a ServiceAccount.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ServiceAccount {
    /// Its token Secrets.
    pub secrets: Vec<NameRef>,
}

/// An object of the same namespace, by name.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NameRef {
    /// The name.
    pub name: Text,
}

impl View for ServiceAccount {
    const RESOURCE: &'static str = "serviceaccounts";
    const API_VERSION: &'static str = "v1";
    const KIND: &'static str = "ServiceAccount";
}
