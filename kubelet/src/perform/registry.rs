//! What the runtime holds of ours, by id; what else was told of each pod.

use std::collections::{BTreeMap, BTreeSet};

use parking_lot::Mutex;

use crate::effect::EffectKey;
use crate::labels::Role;
use crate::observed::{ProbeKey, VolumeKey};
use crate::pod_key::PodKey;

/// What the runtime holds of ours, by id; what else was told of each pod, to be taken back when the
/// pod is gone.
#[derive(Debug, Default)]
pub struct Registry {
    roles: Mutex<BTreeMap<String, Role>>,
    told: Mutex<Told>,
    settling: Mutex<()>,
}

/// Keys of observations that were made by effects.
#[derive(Debug, Default)]
pub struct Told {
    /// Failures.
    pub attempts: BTreeSet<EffectKey>,
    /// Probes.
    pub probes: BTreeSet<ProbeKey>,
    /// Volumes.
    pub volumes: BTreeSet<VolumeKey>,
}

impl Registry {
    /// Notes that the container `id` has `role`.
    pub fn put(&self, id: &str, role: Role) {
        self.roles.lock().insert(id.into(), role);
    }

    /// Forgets the container `id` and says what it was.
    pub fn take(&self, id: &str) -> Option<Role> {
        self.roles.lock().remove(id)
    }

    /// Forgets everything that is not among `ids`.
    pub fn keep_only(&self, ids: &BTreeSet<String>) {
        self.roles.lock().retain(|id, _| ids.contains(id));
    }

    /// The ids and roles of a pod's containers.
    pub fn of_pod(&self, pod: &PodKey) -> Vec<(String, Role)> {
        let roles = self.roles.lock();
        roles.iter().filter(|(_, role)| role.pod() == pod).map(|(id, role)| (id.clone(), role.clone())).collect()
    }

    /// Runs `tell` apart from every other: whoever reads a fact and tells it must not be overtaken by
    /// one who changes the fact and tells that.
    pub fn settle<T>(&self, tell: impl FnOnce() -> T) -> T {
        let _apart = self.settling.lock();
        tell()
    }

    /// Changes what was told.
    pub fn told<T>(&self, change: impl FnOnce(&mut Told) -> T) -> T {
        change(&mut self.told.lock())
    }
}
