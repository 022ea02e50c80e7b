//! `core/v1 Node`.

use serde::Deserialize;

use super::{Condition, ResourceList, Taint, View};
use crate::Text;

/// What is read of a Node.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Node {
    /// What is wanted of it.
    pub spec: NodeSpec,
    /// What it told.
    pub status: NodeStatus,
}

/// What is wanted of a Node.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeSpec {
    /// Whether new pods are kept off.
    pub unschedulable: bool,
    /// What keeps pods off.
    pub taints: Vec<Taint>,
    /// The range its pods have addresses from; empty for none.
    #[serde(rename = "podCIDR")]
    pub pod_cidr: Text,
}

/// What a Node told.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NodeStatus {
    /// What it has.
    pub capacity: ResourceList,
    /// What of it pods may have.
    pub allocatable: ResourceList,
    /// Conditions.
    pub conditions: Vec<Condition>,
}

impl View for Node {
    const RESOURCE: &'static str = "nodes";
    const API_VERSION: &'static str = "v1";
    const KIND: &'static str = "Node";
}
