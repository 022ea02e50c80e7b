//! `core/v1 Namespace`.

use serde::Deserialize;

use super::{Condition, View};
use crate::Text;

/// What is read of a Namespace.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Namespace {
    /// What holds it back.
    pub spec: NamespaceSpec,
    /// Where it stands.
    pub status: NamespaceStatus,
}

/// What holds back the end of a Namespace.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NamespaceSpec {
    /// Who still has to finish, `kubernetes` among them.
    pub finalizers: Vec<Text>,
}

/// Where a Namespace stands.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NamespaceStatus {
    /// `Active` or `Terminating`.
    pub phase: Text,
    /// Conditions.
    pub conditions: Vec<Condition>,
}

impl View for Namespace {
    const RESOURCE: &'static str = "namespaces";
    const API_VERSION: &'static str = "v1";
    const KIND: &'static str = "Namespace";
}
