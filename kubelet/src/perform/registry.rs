//! What the runtime holds of ours, by id; what else was told of each pod.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::RwLock;

use crate::effect::EffectKey;
use crate::labels::Role;
use crate::observed::{ProbeKey, VolumeKey};
use crate::pod_key::PodKey;

/// What the runtime holds of ours, by id; what else was told of each pod, to be taken back when the
/// pod is gone.
#[derive(Debug, Default)]
pub struct Registry {
    roles: Mutex<Roles>,
    told: Mutex<Told>,
    settling: Mutex<()>,
    gates: Mutex<BTreeMap<PodKey, Gate>>,
}

/// Held for reading by what makes things of a pod, for writing by what removes all of them.
pub type Gate = Arc<RwLock<()>>;

#[derive(Debug, Default)]
struct Roles {
    by_id: BTreeMap<String, (u64, Role)>,
    seen: u64,
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
        let mut roles = self.roles.lock();
        roles.seen += 1;
        let order = roles.by_id.get(id).map_or(roles.seen, |(order, _)| *order);
        roles.by_id.insert(id.into(), (order, role));
    }

    /// Forgets the container `id` and says what it was.
    pub fn take(&self, id: &str) -> Option<Role> {
        self.roles.lock().by_id.remove(id).map(|(_, role)| role)
    }

    /// Forgets everything that is not among `ids`.
    pub fn keep_only(&self, ids: &BTreeSet<String>) {
        self.roles.lock().by_id.retain(|id, _| ids.contains(id));
    }

    /// The ids and roles of a pod's containers.
    pub fn of_pod(&self, pod: &PodKey) -> Vec<(String, Role)> {
        let roles = self.roles.lock();
        let own = roles.by_id.iter().filter(|(_, (_, role))| role.pod() == pod);
        own.map(|(id, (_, role))| (id.clone(), role.clone())).collect()
    }

    /// The id of a container's newest run (`back` 0), or of the one before it (1), in the newest life of
    /// the pod of that name.
    pub fn run_of(&self, namespace: &str, pod: &str, container: &str, back: usize) -> Option<String> {
        let roles = self.roles.lock();
        let mut runs: Vec<_> = roles
            .by_id
            .iter()
            .filter_map(|(id, (order, role))| match role {
                Role::Container(key) => Some((key, *order, id)),
                Role::Sandbox(_) => None,
            })
            .filter(|(key, ..)| &*key.pod.namespace == namespace && &*key.pod.name == pod && &*key.name == container)
            .collect();
        let life = runs.iter().max_by_key(|(_, order, _)| *order).map(|(key, ..)| key.pod.uid.clone())?;
        runs.retain(|(key, ..)| key.pod.uid == life);
        runs.sort_by_key(|(key, ..)| std::cmp::Reverse(key.attempt));
        runs.get(back).map(|(.., id)| (*id).clone())
    }

    /// The id of the newest sandbox in the newest life of the pod of that name.
    pub fn sandbox_of(&self, namespace: &str, pod: &str) -> Option<String> {
        let roles = self.roles.lock();
        let sandboxes = roles.by_id.iter().filter(|(_, (_, role))| {
            matches!(role, Role::Sandbox(_)) && &*role.pod().namespace == namespace && &*role.pod().name == pod
        });
        sandboxes.max_by_key(|(_, (order, _))| *order).map(|(id, _)| id.clone())
    }

    /// How many sandboxes and containers there are.
    pub fn count(&self) -> (usize, usize) {
        let roles = self.roles.lock();
        let sandboxes = roles.by_id.values().filter(|(_, role)| matches!(role, Role::Sandbox(_))).count();
        (sandboxes, roles.by_id.len() - sandboxes)
    }

    /// Runs `tell` apart from every other: whoever reads a fact and tells it must not be overtaken by
    /// one who changes the fact and tells that.
    pub fn settle<T>(&self, tell: impl FnOnce() -> T) -> T {
        let _apart = self.settling.lock();
        tell()
    }

    /// The gate of a pod, to hold while things of it are made or removed.
    pub fn gate(&self, pod: &PodKey) -> Gate {
        Arc::clone(self.gates.lock().entry(pod.clone()).or_default())
    }

    /// Forgets the gate of a pod that is gone.
    pub fn close(&self, pod: &PodKey) {
        self.gates.lock().remove(pod);
    }

    /// Changes what was told.
    pub fn told<T>(&self, change: impl FnOnce(&mut Told) -> T) -> T {
        change(&mut self.told.lock())
    }
}
