//! What to do about one node.

use kontiki_api::Text;
use kontiki_api::meta::NsName;
use kontiki_api::request::PatchType;
use kontiki_api::time::Time;
use kontiki_api::view::{Lease, Node, Pod, condition};
use kontiki_runtime::effect::Never;
use kontiki_runtime::plan::{EventIntent, Intent, Plan, Precondition, Stuck};
use kontiki_runtime::reconciler::{Pass, Reconciler};
use kontiki_runtime::world::{Index, Seen, Triggers, World};
use serde_json::Value;

use super::evict::{evict, may_stay};
use super::silence::{LEASES, mark_not_ready, mark_unknown, until_silent};
use super::taints::follow_conditions;

/// Watches over nodes. One key per node.
#[derive(Clone, Copy, Debug, Default)]
pub struct NodeLifecycle;

/// Pods that may still run, by their node.
pub struct PodsByNode;

impl Index for PodsByNode {
    type View = Pod;
    type Key = Text;

    fn keys(pod: &Seen<Pod>) -> Vec<Text> {
        if pod.spec.node_name.is_empty() || pod.is_finished() { Vec::new() } else { vec![pod.spec.node_name.clone()] }
    }
}

impl Reconciler for NodeLifecycle {
    const NAME: &'static str = "node-lifecycle";
    type Key = NsName;
    type Effect = Never;

    fn triggers(on: &mut Triggers<NsName>) {
        on.own::<Node>(|name| name);
        on.timed::<Lease>();
        on.mapped::<Lease>(|_, before, after| {
            let first = after.filter(|lease| before.is_none() && &**lease.namespace() == LEASES);
            first.map(|lease| NsName::new("", lease.name().clone())).into_iter().collect()
        });
        on.index::<PodsByNode>();
        on.mapped::<Pod>(|world, before, after| {
            let placed = |pod: &Seen<Pod>| NsName::new("", pod.spec.node_name.clone());
            let arrived = after.filter(|pod| before.is_none_or(|before| before.spec.node_name != pod.spec.node_name));
            let node =
                arrived.map(placed).filter(|name| world.get::<Node>(name).is_some_and(|node| !node.spec.taints.is_empty()));
            node.into_iter().collect()
        });
    }

    fn reconcile(&self, world: &World, pass: &Pass<'_, NsName, Never>) -> Result<Plan, Stuck> {
        let mut plan = Plan::done();
        for node in pass.keys.iter().filter_map(|key| world.get::<Node>(key)) {
            watch_over(world, node, pass.now, &mut plan);
        }
        Ok(plan)
    }
}

fn watch_over(world: &World, node: &Seen<Node>, now: Time, plan: &mut Plan) {
    if let Some(left) = until_silent(world, node, now) {
        if left.is_zero() {
            if let Some(intent) = mark_unknown(node, now) {
                plan.push(intent);
                plan.push(not_ready_event(node));
                return;
            }
        } else {
            *plan = std::mem::take(plan).after(left);
        }
    }
    plan.intents.extend(follow_conditions(node, now));
    let silent = condition(&node.status.conditions, "Ready").is_some_and(|ready| &*ready.status == "Unknown");
    let pods = world.indexed::<PodsByNode>(node.name()).filter(|pod| pod.head().deleted.is_none());
    for pod in pods {
        match may_stay(pod, node, now) {
            Some(left) if left.is_zero() => plan.push(evict(pod)),
            left => {
                plan.intents.extend(mark_not_ready(pod, now).filter(|_| silent));
                if let Some(left) = left {
                    *plan = std::mem::take(plan).after(left);
                }
            }
        }
    }
}

fn not_ready_event(node: &Seen<Node>) -> Intent {
    Intent::Event(EventIntent {
        about: node.key().clone(),
        api_version: "v1".into(),
        kind: "Node".into(),
        uid: node.head().uid.clone(),
        field_path: "".into(),
        warning: false,
        reason: "NodeNotReady".into(),
        message: format!("Node {} status is now: NodeNotReady", node.name()),
    })
}

/// A strategic patch, so that single conditions are replaced and others stay.
pub(super) fn patch(on: Precondition, subresource: &str, body: Value) -> Intent {
    Intent::Patch { on, subresource: subresource.into(), r#type: PatchType::Strategic, body }
}
