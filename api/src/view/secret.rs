//! `core/v1 Secret`, without its values.

use std::collections::{BTreeMap, BTreeSet};

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use super::{Meta, View};
use crate::Text;

/// What is read of a Secret: never a value.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Secret {
    /// Annotations.
    pub metadata: Meta,
    /// Its type.
    pub r#type: Text,
    /// The names of its values.
    #[serde(deserialize_with = "names")]
    pub data: BTreeSet<Text>,
}

fn names<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeSet<Text>, D::Error> {
    let data = Option::<BTreeMap<Text, IgnoredAny>>::deserialize(deserializer)?;
    Ok(data.unwrap_or_default().into_keys().collect())
}

impl View for Secret {
    const RESOURCE: &'static str = "secrets";
    const API_VERSION: &'static str = "v1";
    const KIND: &'static str = "Secret";
}
