//! What to do about one pod.

use kontiki_api::Text;
use kontiki_api::meta::NsName;
use kontiki_api::view::{Node, Pod, View};
use kontiki_runtime::effect::Never;
use kontiki_runtime::plan::{Intent, Plan, Propagation, Stuck};
use kontiki_runtime::reconciler::{Pass, Reconciler};
use kontiki_runtime::world::{Index, Seen, Triggers, World};

use crate::common::CATCH_UP;

/// Upstream's default for `--terminated-pod-gc-threshold`.
const KEPT: usize = 12_500;
/// Most finished pods removed in one pass.
const AT_ONCE: usize = 100;

/// Removes pods that nobody else will remove.
#[derive(Clone, Copy, Debug)]
pub struct PodGc {
    /// How many finished pods are kept.
    pub kept: usize,
}

impl Default for PodGc {
    fn default() -> Self {
        Self { kept: KEPT }
    }
}

/// Pods by the node they are placed on.
pub struct ByNode;

impl Index for ByNode {
    type View = Pod;
    type Key = Text;

    fn keys(pod: &Seen<Pod>) -> Vec<Text> {
        if pod.spec.node_name.is_empty() { Vec::new() } else { vec![pod.spec.node_name.clone()] }
    }
}

/// Pods that will never run again.
pub struct Finished;

impl Index for Finished {
    type View = Pod;
    type Key = ();

    fn keys(pod: &Seen<Pod>) -> Vec<()> {
        if pod.is_finished() { vec![()] } else { Vec::new() }
    }
}

impl Reconciler for PodGc {
    const NAME: &'static str = "pod-garbage-collector";
    type Key = NsName;
    type Effect = Never;

    fn triggers(on: &mut Triggers<NsName>) {
        on.own::<Pod>(|name| name);
        on.mapped::<Node>(|world, before, after| match (before, after) {
            (Some(gone), None) => world.indexed::<ByNode>(gone.name()).map(Seen::ns_name).collect(),
            _ => Vec::new(),
        });
        on.index::<ByNode>();
        on.index::<Finished>();
    }

    fn reconcile(&self, world: &World, pass: &Pass<'_, NsName, Never>) -> Result<Plan, Stuck> {
        let mut plan = Plan::done();
        for pod in pass.keys.iter().filter_map(|key| world.get::<Pod>(key)) {
            match is_lost(world, pod) {
                Some(true) => plan.push(remove(pod)),
                Some(false) if pod.is_finished() => plan.intents.extend(self.surplus(world)),
                Some(false) => {}
                None => plan = plan.after(CATCH_UP),
            }
        }
        Ok(plan)
    }
}

impl PodGc {
    /// The oldest finished pods beyond the number that is kept.
    fn surplus(&self, world: &World) -> Vec<Intent> {
        let surplus = world.indexed::<Finished>(&()).count().saturating_sub(self.kept);
        if surplus == 0 {
            return Vec::new();
        }
        let mut finished: Vec<&Seen<Pod>> = world.indexed::<Finished>(&()).filter(|pod| pod.head().deleted.is_none()).collect();
        finished.sort_by_key(|pod| (pod.head().created, pod.ns_name()));
        finished.into_iter().take(surplus.min(AT_ONCE)).map(remove).collect()
    }
}

/// Whether no kubelet will ever confirm this pod's end: its node is gone, or it never had one. `None` where the
/// World does not know yet: its nodes are older than the pod.
fn is_lost(world: &World, pod: &Seen<Pod>) -> Option<bool> {
    if pod.spec.node_name.is_empty() {
        return Some(pod.head().deleted.is_some());
    }
    if world.get::<Node>(&NsName::new("", pod.spec.node_name.clone())).is_some() {
        return Some(false);
    }
    world.covers(&Node::RESOURCE.into(), pod.object.revision).then_some(true)
}

fn remove(pod: &Seen<Pod>) -> Intent {
    Intent::Delete { on: pod.precondition(), grace_seconds: Some(0), propagation: Propagation::Background }
}
