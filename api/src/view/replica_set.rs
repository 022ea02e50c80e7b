//! `apps/v1 ReplicaSet`.

use serde::Deserialize;
use serde_json::Value;

use super::{Condition, Meta, View, selectors};
use crate::selector::LabelSelector;

/// What is read of a ReplicaSet.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ReplicaSet {
    /// Annotations.
    pub metadata: Meta,
    /// What is wanted.
    pub spec: ReplicaSetSpec,
    /// What was last told.
    pub status: ReplicaStatus,
}

/// What a ReplicaSet wants.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ReplicaSetSpec {
    /// How many pods; absent is 1.
    pub replicas: Option<i32>,
    /// Seconds a pod must be ready to be available.
    pub min_ready_seconds: i32,
    /// Which pods are its own.
    #[serde(deserialize_with = "selectors::of_labels")]
    pub selector: LabelSelector,
    /// What they are made from, whole.
    pub template: Value,
}

/// What was last told of a ReplicaSet or a ReplicationController.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ReplicaStatus {
    /// Pods there.
    pub replicas: i32,
    /// With all labels of the template.
    pub fully_labeled_replicas: i32,
    /// Ready.
    pub ready_replicas: i32,
    /// Available.
    pub available_replicas: i32,
    /// The generation it is about.
    pub observed_generation: i64,
    /// Conditions.
    pub conditions: Vec<Condition>,
}

impl View for ReplicaSet {
    const RESOURCE: &'static str = "replicasets.apps";
    const API_VERSION: &'static str = "apps/v1";
    const KIND: &'static str = "ReplicaSet";
}
