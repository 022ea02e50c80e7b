//! Pods as simulated nodes read them: as little as makes a status. The kubelet's own view of a pod has all that runs it;
//! here a hundred thousand are held in one process.

use kontiki_api::Text;
use kontiki_api::view::View;
use serde::Deserialize;

/// A pod's parts that make its simulated status.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "the fields are those of core/v1 Pod")]
pub struct SimulatedPod {
    pub metadata: Meta,
    pub spec: Spec,
    pub status: Status,
}

impl View for SimulatedPod {
    const RESOURCE: &'static str = "pods";
    const API_VERSION: &'static str = "v1";
    const KIND: &'static str = "Pod";
}

/// What is asked of the deletion.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "the fields are those of meta/v1 ObjectMeta")]
pub struct Meta {
    pub generation: i64,
    pub deletion_grace_period_seconds: Option<i64>,
}

/// Where it runs and what.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "the fields are those of core/v1 PodSpec")]
pub struct Spec {
    pub node_name: Text,
    pub init_containers: Vec<Named>,
    pub containers: Vec<Named>,
}

/// A container.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[allow(missing_docs, reason = "the fields are those of core/v1 Container")]
pub struct Named {
    pub name: Text,
    pub image: Text,
}

/// What is told.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[allow(missing_docs, reason = "the fields are those of core/v1 PodStatus")]
pub struct Status {
    pub phase: Text,
    pub observed_generation: i64,
    pub start_time: Text,
}
