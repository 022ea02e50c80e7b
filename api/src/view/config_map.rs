//! `core/v1 ConfigMap`.

use serde::Deserialize;

use super::View;
use crate::Text;

/// The one value that is read by its name.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ConfigMapData {
    /// Certificates of the authority that signs for the API server, PEM.
    #[serde(rename = "ca.crt")]
    pub ca_crt: Option<Text>,
}

/// What is read of a ConfigMap without asking for all of it.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ConfigMap {
    /// Its data.
    pub data: ConfigMapData,
}

impl View for ConfigMap {
    const RESOURCE: &'static str = "configmaps";
    const API_VERSION: &'static str = "v1";
    const KIND: &'static str = "ConfigMap";
}
