//! ConfigMaps and Secrets: data only.

use std::collections::BTreeMap;

use base64::Engine as _;
use bytes::Bytes;
use kontiki_api::view::View;
use serde::{Deserialize, Deserializer};

/// The data of a `ConfigMap`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ConfigMap {
    /// Text by key.
    pub data: BTreeMap<String, String>,
    /// Bytes by key.
    #[serde(deserialize_with = "decode")]
    pub binary_data: BTreeMap<String, Bytes>,
}

impl View for ConfigMap {
    const RESOURCE: &'static str = "configmaps";
    const API_VERSION: &'static str = "v1";
    const KIND: &'static str = "ConfigMap";
}

impl ConfigMap {
    /// All entries as bytes.
    pub fn bytes(&self) -> BTreeMap<String, Bytes> {
        let text = self.data.iter().map(|(key, value)| (key.clone(), Bytes::from(value.clone())));
        text.chain(self.binary_data.clone()).collect()
    }
}

/// The data of a `Secret`, decoded. Its `Debug` form shows keys alone.
#[derive(Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Secret {
    /// Bytes by key.
    #[serde(deserialize_with = "decode")]
    pub data: BTreeMap<String, Bytes>,
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.data.keys()).finish()
    }
}

impl View for Secret {
    const RESOURCE: &'static str = "secrets";
    const API_VERSION: &'static str = "v1";
    const KIND: &'static str = "Secret";
}

fn decode<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, Bytes>, D::Error> {
    let encoded = Option::<BTreeMap<String, Option<String>>>::deserialize(deserializer)?.unwrap_or_default();
    let decoded = encoded.into_iter().filter_map(|(key, text)| {
        let bytes = base64::engine::general_purpose::STANDARD.decode(text.unwrap_or_default()).ok()?;
        Some((key, Bytes::from(bytes)))
    });
    Ok(decoded.collect())
}
