//! What to do about one pod.

use kontiki_api::Text;
use kontiki_api::meta::NsName;
use kontiki_api::view::{Node, Pod};
use kontiki_runtime::effect::Never;
use kontiki_runtime::plan::{Intent, Plan, Propagation, Stuck};
use kontiki_runtime::reconciler::{Pass, Reconciler};
use kontiki_runtime::world::{Index, Seen, Triggers, World};

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
        let pods = pass.keys.iter().filter_map(|key| world.get::<Pod>(key));
        Ok(Plan::of(pods.flat_map(|pod| self.intents(world, pod)).collect()))
    }
}

impl PodGc {
    fn intents(&self, world: &World, pod: &Seen<Pod>) -> Vec<Intent> {
        if is_lost(world, pod) {
            return vec![remove(pod)];
        }
        if pod.is_finished() { self.surplus(world) } else { Vec::new() }
    }

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

/// Whether no kubelet will ever confirm this pod's end: its node is gone, or it never had one.
fn is_lost(world: &World, pod: &Seen<Pod>) -> bool {
    if pod.spec.node_name.is_empty() {
        return pod.head().deleted.is_some();
    }
    world.get::<Node>(&NsName::new("", pod.spec.node_name.clone())).is_none()
}

fn remove(pod: &Seen<Pod>) -> Intent {
    Intent::Delete { on: pod.precondition(), grace_seconds: Some(0), propagation: Propagation::Background }
}
