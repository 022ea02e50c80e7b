//! `core/v1 ReplicationController`.

use serde::Deserialize;
use serde_json::Value;

use super::{ReplicaStatus, View, selectors};
use crate::selector::LabelSelector;

/// What is read of a ReplicationController.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ReplicationController {
    /// What is wanted.
    pub spec: ReplicationControllerSpec,
    /// What was last told.
    pub status: ReplicaStatus,
}

/// What a ReplicationController wants.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ReplicationControllerSpec {
    /// How many pods; absent is 1.
    pub replicas: Option<i32>,
    /// Seconds a pod must be ready to be available.
    pub min_ready_seconds: i32,
    /// Which pods are its own; nothing where absent.
    #[serde(deserialize_with = "selectors::of_map")]
    pub selector: LabelSelector,
    /// What they are made from, whole.
    pub template: Value,
}

impl View for ReplicationController {
    const RESOURCE: &'static str = "replicationcontrollers";
    const API_VERSION: &'static str = "v1";
    const KIND: &'static str = "ReplicationController";
}
