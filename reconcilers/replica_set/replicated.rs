//! What a ReplicaSet and a ReplicationController have in common.

use kontiki_api::view::{ReplicaSet, ReplicaSetSpec, ReplicaStatus, ReplicationController, View};

/// A kind that keeps a number of pods made from a template.
pub trait Replicated: View {
    /// The reconciler's name.
    const NAME: &'static str;

    /// What is wanted.
    fn spec(&self) -> &ReplicaSetSpec;
    /// What was last told.
    fn status(&self) -> &ReplicaStatus;

    /// How many pods are wanted.
    fn replicas(&self) -> i32 {
        self.spec().replicas.unwrap_or(1)
    }
}

impl Replicated for ReplicaSet {
    const NAME: &'static str = "replicaset";

    fn spec(&self) -> &ReplicaSetSpec {
        &self.spec
    }

    fn status(&self) -> &ReplicaStatus {
        &self.status
    }
}

impl Replicated for ReplicationController {
    const NAME: &'static str = "replication";

    fn spec(&self) -> &ReplicaSetSpec {
        &self.spec
    }

    fn status(&self) -> &ReplicaStatus {
        &self.status
    }
}
