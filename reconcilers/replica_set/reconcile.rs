//! One pass over one ReplicaSet or ReplicationController.

use std::collections::BTreeMap;
use std::marker::PhantomData;

use kontiki_api::Text;
use kontiki_api::meta::NsName;
use kontiki_api::status::Status;
use kontiki_api::view::Pod;
use kontiki_runtime::effect::Never;
use kontiki_runtime::plan::{Intent, Plan, Stuck};
use kontiki_runtime::reconciler::{Pass, Reconciler};
use kontiki_runtime::world::{Seen, Triggers, World};

use super::count::count;
use super::pods::new_pod;
use super::rank::sort_for_deletion;
use super::{Orphans, Replicated, status};
use crate::common::adopt::claim;
use crate::common::intents::{delete, normal, warning};

/// Most pods made or deleted by one pass (`BurstReplicas` of upstream).
const BURST: usize = 500;

/// Keeps as many pods as an `R` asks for.
#[derive(Clone, Copy, Debug)]
pub struct Replicas<R>(PhantomData<fn() -> R>);

impl<R> Default for Replicas<R> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<R: Replicated> Reconciler for Replicas<R> {
    const NAME: &'static str = R::NAME;
    type Key = NsName;
    type Effect = Never;

    fn triggers(on: &mut Triggers<NsName>) {
        on.own::<R>(|name| name);
        on.owned::<Pod>(R::KIND, |name| name);
        on.mapped::<Pod>(would_adopt::<R>);
        on.index::<Orphans>();
    }

    fn reconcile(&self, world: &World, pass: &Pass<'_, NsName, Never>) -> Result<Plan, Stuck> {
        let mut plan = Plan::done();
        for key in pass.keys {
            if let Some(set) = world.get::<R>(key) {
                plan = reconcile_one(world, pass, set, status::failure(pass.outcome(key)));
            }
        }
        Ok(plan)
    }
}

/// The sets that would adopt a pod without a controller.
fn would_adopt<R: Replicated>(world: &World, before: Option<&Seen<Pod>>, after: Option<&Seen<Pod>>) -> Vec<NsName> {
    let orphans = [before, after].into_iter().flatten().filter(|pod| pod.head().controller().is_none());
    let adopters = orphans.flat_map(|pod| {
        let sets = world.in_namespace::<R>(pod.namespace());
        sets.filter(|set| set.spec().selector.matches_head(pod.head())).map(Seen::ns_name)
    });
    adopters.collect()
}

fn reconcile_one<R: Replicated>(world: &World, pass: &Pass<'_, NsName, Never>, set: &Seen<R>, failure: Option<&Status>) -> Plan {
    let claimed = claim(set, &set.spec().selector, world.owned_by::<Pod>(&set.uid()), world.indexed::<Orphans>(set.namespace()));
    let active: Vec<_> = claimed.owned.into_iter().filter(|pod| is_active(pod)).collect();
    let counted = count(&active, &set.spec().template, set.spec().min_ready_seconds, pass.now);
    let mut plan = Plan::of(claimed.intents);
    plan.intents.extend(status::tell(set, &counted, failure, pass.now));
    if set.head().deleted.is_none() {
        plan.intents.extend(manage(world, pass, set, active, failure));
    }
    match counted.next_available {
        Some(wait) => plan.after(wait),
        None => plan,
    }
}

fn is_active(pod: &Seen<Pod>) -> bool {
    !pod.is_finished() && pod.head().deleted.is_none()
}

/// Makes the pods that are missing, or deletes those that are too many.
fn manage<R: Replicated>(
    world: &World,
    pass: &Pass<'_, NsName, Never>,
    set: &Seen<R>,
    mut active: Vec<&Seen<Pod>>,
    failure: Option<&Status>,
) -> Vec<Intent> {
    let wanted = usize::try_from(set.replicas()).unwrap_or(0);
    if active.len() < wanted {
        let missing = (wanted - active.len()).min(BURST);
        let mut intents: Vec<_> =
            failure.map(|status| warning(set, "FailedCreate", format!("Error creating: {status}"))).into_iter().collect();
        intents.extend((0..missing).flat_map(|nth| {
            let (create, name) = new_pod(set, &set.spec().template, pass.seed, nth);
            [create, normal(set, "SuccessfulCreate", format!("Created pod: {name}"))]
        }));
        return intents;
    }
    let surplus = (active.len() - wanted).min(BURST);
    if surplus > 0 && surplus < active.len() {
        sort_for_deletion(&mut active, &crowd(world, set), pass.now);
    }
    let going = active.into_iter().take(surplus);
    going
        .flat_map(|pod| [delete(pod.precondition()), normal(set, "SuccessfulDelete", format!("Deleted pod: {}", pod.name()))])
        .collect()
}

/// How many active pods of `set`, and of its siblings under the same controller, each node runs.
fn crowd<R: Replicated>(world: &World, set: &Seen<R>) -> BTreeMap<Text, usize> {
    let mut crowd = BTreeMap::new();
    let siblings: Vec<&Seen<R>> = match set.head().controller() {
        Some(owner) => world.owned_by::<R>(&owner.uid).collect(),
        None => vec![set],
    };
    for sibling in siblings {
        for pod in world.owned_by::<Pod>(&sibling.uid()).filter(|pod| is_active(pod)) {
            *crowd.entry(pod.spec.node_name.clone()).or_default() += 1;
        }
    }
    crowd
}

#[cfg(test)]
mod tests {
    use super::*;
    use kontiki_api::view::{ReplicaSet, ReplicationController};

    #[test]
    fn replica_sets_keep_their_number_of_pods() {
        kontiki_runtime::testing::pair::<Replicas<ReplicaSet>>(concat!(env!("CARGO_MANIFEST_DIR"), "/replica_set/testdata"));
    }

    #[test]
    fn replication_controllers_keep_their_number_of_pods() {
        kontiki_runtime::testing::pair::<Replicas<ReplicationController>>(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/replica_set/testdata/controller"
        ));
    }
}
