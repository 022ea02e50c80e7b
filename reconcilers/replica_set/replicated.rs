//! What a ReplicaSet and a ReplicationController have in common.

use kontiki_api::selector::LabelSelector;
use kontiki_api::view::{ReplicaSet, ReplicaStatus, ReplicationController, View};
use serde_json::Value;

/// A kind that keeps a number of pods made from a template.
pub trait Replicated: View {
    /// The reconciler's name.
    const NAME: &'static str;

    /// How many pods are wanted.
    fn replicas(&self) -> i32;
    /// Which pods are its own.
    fn selector(&self) -> &LabelSelector;
    /// What they are made from.
    fn template(&self) -> &Value;
    /// Seconds a pod must be ready to be available.
    fn min_ready_seconds(&self) -> i32;
    /// What was last told.
    fn status(&self) -> &ReplicaStatus;
}

impl Replicated for ReplicaSet {
    const NAME: &'static str = "replicaset";

    fn replicas(&self) -> i32 {
        self.spec.replicas.unwrap_or(1)
    }

    fn selector(&self) -> &LabelSelector {
        &self.spec.selector
    }

    fn template(&self) -> &Value {
        &self.spec.template
    }

    fn min_ready_seconds(&self) -> i32 {
        self.spec.min_ready_seconds
    }

    fn status(&self) -> &ReplicaStatus {
        &self.status
    }
}

impl Replicated for ReplicationController {
    const NAME: &'static str = "replication";

    fn replicas(&self) -> i32 {
        self.spec.replicas.unwrap_or(1)
    }

    fn selector(&self) -> &LabelSelector {
        &self.spec.selector
    }

    fn template(&self) -> &Value {
        &self.spec.template
    }

    fn min_ready_seconds(&self) -> i32 {
        self.spec.min_ready_seconds
    }

    fn status(&self) -> &ReplicaStatus {
        &self.status
    }
}
