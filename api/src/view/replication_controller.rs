//! `core/v1 ReplicationController`.

use serde::Deserialize;
use serde_json::Value;

use super::{ReplicaSetSpec, ReplicaStatus, View, selectors};
use crate::selector::LabelSelector;

/// What is read of a ReplicationController: a ReplicaSet but for the form of its selector.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ReplicationController {
    /// What is wanted; without a selector nothing is its own.
    #[serde(deserialize_with = "SpecWithMap::deserialize")]
    pub spec: ReplicaSetSpec,
    /// What was last told.
    pub status: ReplicaStatus,
}

/// A [`ReplicaSetSpec`] whose selector is written as a plain map.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", remote = "ReplicaSetSpec")]
struct SpecWithMap {
    #[serde(default)]
    replicas: Option<i32>,
    #[serde(default)]
    min_ready_seconds: i32,
    #[serde(default = "LabelSelector::nothing", deserialize_with = "selectors::of_map")]
    selector: LabelSelector,
    #[serde(default)]
    template: Value,
}

impl View for ReplicationController {
    const RESOURCE: &'static str = "replicationcontrollers";
    const API_VERSION: &'static str = "v1";
    const KIND: &'static str = "ReplicationController";
}
