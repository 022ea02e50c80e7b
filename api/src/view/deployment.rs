//! `apps/v1 Deployment`.

use serde::Deserialize;
use serde_json::Value;

use super::{Condition, Meta, View};
use crate::Text;
use crate::int_or_string::IntOrString;

/// What is read of a Deployment.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Deployment {
    /// Annotations.
    pub metadata: Meta,
    /// What is wanted.
    pub spec: DeploymentSpec,
    /// What was last told.
    pub status: DeploymentStatus,
}

/// What a Deployment wants.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeploymentSpec {
    /// How many pods; absent is 1.
    pub replicas: Option<i32>,
    /// Which pods are its own, as written.
    pub selector: Value,
    /// What they are made from, whole.
    pub template: Value,
    /// How an update goes.
    pub strategy: Strategy,
    /// Seconds a pod must be ready to be available.
    pub min_ready_seconds: i32,
    /// How many old ReplicaSets are kept; absent is 10.
    pub revision_history_limit: Option<i32>,
    /// Whether an update is held back.
    pub paused: bool,
    /// Seconds without progress after which it counts as failed; absent is 600.
    pub progress_deadline_seconds: Option<i32>,
}

/// How an update goes.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Strategy {
    /// `RollingUpdate` or `Recreate`.
    pub r#type: Text,
    /// Limits of a rolling update.
    pub rolling_update: Option<RollingUpdate>,
}

/// Limits of a rolling update.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RollingUpdate {
    /// Pods above the wanted number; absent is 25%.
    pub max_surge: Option<IntOrString>,
    /// Pods missing from the wanted number; absent is 25%.
    pub max_unavailable: Option<IntOrString>,
}

/// What was last told of a Deployment.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeploymentStatus {
    /// The generation it is about.
    pub observed_generation: i64,
    /// Pods there.
    pub replicas: i32,
    /// Of the newest template.
    pub updated_replicas: i32,
    /// Ready.
    pub ready_replicas: i32,
    /// Available.
    pub available_replicas: i32,
    /// Missing or not available.
    pub unavailable_replicas: i32,
    /// How often a hash met a ReplicaSet of another template.
    pub collision_count: Option<i32>,
    /// Conditions.
    pub conditions: Vec<Condition>,
}

impl View for Deployment {
    const RESOURCE: &'static str = "deployments.apps";
    const API_VERSION: &'static str = "apps/v1";
    const KIND: &'static str = "Deployment";
}
