//! `core/v1 ResourceQuota`.

use serde::Deserialize;
use serde_json::Value;

use super::View;

/// What is read of a ResourceQuota.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ResourceQuota {
    /// What is limited, for which objects.
    pub spec: Value,
    /// What was last told.
    pub status: Value,
}

impl View for ResourceQuota {
    const RESOURCE: &'static str = "resourcequotas";
    const API_VERSION: &'static str = "v1";
    const KIND: &'static str = "ResourceQuota";
}
