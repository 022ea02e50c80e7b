//! The node's own objects.

use kontiki_api::view::View;
use serde::Deserialize;
use serde_json::Value;

/// The Node: read as it is, since others write parts of it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "the fields are those of core/v1 Node")]
pub struct Node {
    pub metadata: Value,
    pub spec: Value,
    pub status: Value,
}

impl View for Node {
    const RESOURCE: &'static str = "nodes";
    const API_VERSION: &'static str = "v1";
    const KIND: &'static str = "Node";
}

/// The node's heartbeat.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "the fields are those of coordination/v1 Lease")]
pub struct Lease {
    pub spec: Value,
}

impl View for Lease {
    const RESOURCE: &'static str = "leases.coordination.k8s.io";
    const API_VERSION: &'static str = "coordination.k8s.io/v1";
    const KIND: &'static str = "Lease";
}
