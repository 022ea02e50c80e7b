//! What keeps pods off nodes, and what bears it.

use serde::{Deserialize, Serialize};

use crate::Text;
use crate::time::Time;

/// What keeps pods off a node.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Taint {
    /// Its key.
    pub key: Text,
    /// Its value.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub value: Text,
    /// `NoSchedule`, `PreferNoSchedule` or `NoExecute`.
    pub effect: Text,
    /// When it was put there.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "to_seconds")]
    pub time_added: Option<Time>,
}

/// What lets a pod bear taints.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Toleration {
    /// The key it is about; empty for all.
    pub key: Text,
    /// `Equal` or `Exists`; empty is `Equal`.
    pub operator: Text,
    /// The value to equal.
    pub value: Text,
    /// The effect it is about; empty for all.
    pub effect: Text,
    /// Seconds the pod stays under `NoExecute`; absent is forever.
    pub toleration_seconds: Option<i64>,
}

impl Toleration {
    /// Whether it lets a pod bear `taint`.
    pub fn tolerates(&self, taint: &Taint) -> bool {
        let effect = self.effect.is_empty() || self.effect == taint.effect;
        let key = self.key.is_empty() || self.key == taint.key;
        effect && key && self.value_matches(taint)
    }

    fn value_matches(&self, taint: &Taint) -> bool {
        match &*self.operator {
            "Exists" => true,
            "" | "Equal" => !self.key.is_empty() && self.value == taint.value,
            _ => false,
        }
    }
}

/// As `metav1.Time` is written.
#[allow(clippy::ref_option, reason = "serde's serialize_with passes a reference")]
fn to_seconds<S: serde::Serializer>(time: &Option<Time>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&time.unwrap_or_default().seconds())
}
