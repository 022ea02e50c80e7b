//! `scheduling.k8s.io/v1 PriorityClass`.

use serde::Deserialize;

use super::View;
use crate::Text;

/// What is read of a PriorityClass.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct PriorityClass {
    /// The importance it names.
    pub value: i32,
    /// Whether pods that name none get it.
    pub global_default: bool,
    /// `Never` or `PreemptLowerPriority`; empty is the latter.
    pub preemption_policy: Text,
}

impl View for PriorityClass {
    const RESOURCE: &'static str = "priorityclasses.scheduling.k8s.io";
    const API_VERSION: &'static str = "scheduling.k8s.io/v1";
    const KIND: &'static str = "PriorityClass";
}
