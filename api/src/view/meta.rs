//! The part of `metadata` that the head does not carry.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::Text;

/// What views read of `metadata` beside the head.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Meta {
    /// Annotations.
    pub annotations: BTreeMap<Text, Text>,
}

impl Meta {
    /// The annotation called `name`.
    pub fn annotation(&self, name: &str) -> Option<&str> {
        self.annotations.get(name).map(|value| &**value)
    }
}
