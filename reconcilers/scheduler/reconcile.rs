//! One pass over a batch of pods.

use kontiki_api::meta::NsName;
use kontiki_api::request::PatchType;
use kontiki_api::view::{Namespace, Node, Pod, condition};
use kontiki_runtime::effect::Never;
use kontiki_runtime::plan::{Intent, Plan, Precondition, Stuck};
use kontiki_runtime::reconciler::{Pass, Rank, Reconciler, Serial};
use kontiki_runtime::world::{Seen, Triggers, World};
use serde_json::json;

use super::amounts::requests;
use super::filter::{Fault, Needs, fault};
use super::indexes::{takes_room, waits};
use super::neighbours::neighbours;
use super::ports::host_ports;
use super::score::{marks, weigh};
use super::snapshot::Snapshot;
use super::verdict::verdict;
use super::{OnNode, Unplaced, WithAntiAffinity};
use crate::common::intents::{normal, warning};

/// Possible nodes that are enough to choose from (`minFeasibleNodesToFind` of upstream).
const ENOUGH: usize = 100;

/// Gives pods their nodes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scheduler;

impl Reconciler for Scheduler {
    const NAME: &'static str = "scheduler";
    type Key = NsName;
    type Effect = Never;
    const SERIAL: Serial = Serial::All;

    fn triggers(on: &mut Triggers<NsName>) {
        on.mapped::<Pod>(pods_to_place);
        on.mapped::<Node>(pods_a_node_is_news_to);
        on.reads::<Namespace>();
        on.index::<OnNode>();
        on.index::<Unplaced>();
        on.index::<WithAntiAffinity>();
    }

    fn rank(&self, world: &World, key: &NsName) -> Rank {
        Rank(-i64::from(world.get::<Pod>(key).and_then(|pod| pod.spec.priority).unwrap_or_default()))
    }

    fn reconcile(&self, world: &World, pass: &Pass<'_, NsName, Never>) -> Result<Plan, Stuck> {
        let mut snapshot = Snapshot::new(world);
        let mut plan = Plan::done();
        let waiting = pass.keys.iter().filter_map(|key| world.get::<Pod>(key)).filter(|pod| waits(pod));
        for (nth, pod) in (0..).zip(waiting) {
            let lot = pass.seed.number(nth);
            match choose(&mut snapshot, pod, lot) {
                Ok(at) => {
                    snapshot.put(pod, at);
                    plan.intents.extend(snapshot.nodes.get(at).into_iter().flat_map(|node| bind(pod, node)));
                }
                Err(message) => plan.intents.extend(refuse(pod, &message, pass)),
            }
        }
        Ok(plan)
    }
}

/// The pod itself, where it waits; every waiting pod, where one left its room.
fn pods_to_place(world: &World, before: Option<&Seen<Pod>>, after: Option<&Seen<Pod>>) -> Vec<NsName> {
    let leaves = before.is_some_and(|pod| takes_room(pod)) && !after.is_some_and(|pod| takes_room(pod));
    if leaves {
        return world.indexed::<Unplaced>(&()).map(Seen::ns_name).collect();
    }
    after.filter(|pod| waits(pod)).map(Seen::ns_name).into_iter().collect()
}

/// Every waiting pod, where a node is new or differs in what placing looks at.
fn pods_a_node_is_news_to(world: &World, before: Option<&Seen<Node>>, after: Option<&Seen<Node>>) -> Vec<NsName> {
    let Some(after) = after else { return Vec::new() };
    let same = before.is_some_and(|before| {
        before.spec == after.spec
            && before.status.allocatable == after.status.allocatable
            && before.head().labels == after.head().labels
    });
    if same { Vec::new() } else { world.indexed::<Unplaced>(&()).map(Seen::ns_name).collect() }
}

/// The best node for `pod`: among equals `lot` decides.
fn choose<'w>(snapshot: &mut Snapshot<'w>, pod: &'w Seen<Pod>, lot: u64) -> Result<usize, String> {
    let needs = Needs { pod, requests: requests(pod), ports: host_ports(pod).collect(), neighbours: neighbours(snapshot, pod) };
    let count = snapshot.nodes.len();
    let start = usize::try_from(lot % (count.max(1) as u64)).unwrap_or(0);
    let (mut possible, mut all_marks, mut faults) = (Vec::new(), Vec::new(), Vec::<Fault>::new());
    for at in (start..count).chain(0..start) {
        let Some(place) = snapshot.place(at) else { continue };
        match fault(place, &needs) {
            Some(fault) => faults.push(fault),
            None => {
                all_marks.push(marks(place, &needs));
                possible.push(at);
            }
        }
        if possible.len() == ENOUGH {
            break;
        }
    }
    let scores = weigh(&all_marks);
    let best = scores.iter().max().copied();
    let ties: Vec<usize> = possible.iter().zip(&scores).filter(|(_, score)| Some(**score) == best).map(|(at, _)| *at).collect();
    let drawn = usize::try_from((lot >> 32) % (ties.len().max(1) as u64)).unwrap_or(0);
    ties.get(drawn).copied().ok_or_else(|| verdict(count, &faults))
}

/// The server itself checks that the pod has no node yet: any revision of this pod will do.
fn bind(pod: &Seen<Pod>, node: &Seen<Node>) -> [Intent; 2] {
    let on = Precondition { revision: None, ..pod.precondition() };
    let body = json!({
        "apiVersion": "v1", "kind": "Binding",
        "metadata": { "name": pod.name(), "namespace": pod.namespace(), "uid": pod.head().uid },
        "target": { "apiVersion": "v1", "kind": "Node", "name": node.name() },
    });
    let message = format!("Successfully assigned {}/{} to {}", pod.namespace(), pod.name(), node.name());
    [Intent::Post { on, subresource: "binding".into(), body }, normal(pod, "Scheduled", message)]
}

/// Tells why `pod` has no node, where that is news.
fn refuse(pod: &Seen<Pod>, message: &str, pass: &Pass<'_, NsName, Never>) -> Vec<Intent> {
    let told = condition(&pod.status.conditions, "PodScheduled");
    if told.is_some_and(|told| &*told.status == "False" && *told.message == *message) {
        return Vec::new();
    }
    let since = told.filter(|told| &*told.status == "False").and_then(|told| told.last_transition_time).unwrap_or(pass.now);
    let condition = json!({
        "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": message,
        "lastProbeTime": null, "lastTransitionTime": since.seconds(),
    });
    let tell = Intent::Patch {
        on: pod.precondition(),
        subresource: "status".into(),
        r#type: PatchType::Strategic,
        body: json!({ "status": { "conditions": [condition] } }),
    };
    vec![tell, warning(pod, "FailedScheduling", message.to_owned())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pods_get_their_nodes() {
        kontiki_runtime::testing::pair::<Scheduler>(concat!(env!("CARGO_MANIFEST_DIR"), "/scheduler/testdata"));
    }
}
