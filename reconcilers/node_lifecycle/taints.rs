//! Taints by condition.

use kontiki_api::time::Time;
use kontiki_api::view::{Node, Taint, condition, is_true};
use kontiki_runtime::plan::Intent;
use kontiki_runtime::world::Seen;
use serde_json::json;

use super::reconcile::patch;

const NOT_READY: &str = "node.kubernetes.io/not-ready";
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";
/// Conditions that keep new pods off while they are `True`.
const PRESSURES: [(&str, &str); 4] = [
    ("MemoryPressure", "node.kubernetes.io/memory-pressure"),
    ("DiskPressure", "node.kubernetes.io/disk-pressure"),
    ("PIDPressure", "node.kubernetes.io/pid-pressure"),
    ("NetworkUnavailable", "node.kubernetes.io/network-unavailable"),
];

/// The taints a node has because of its conditions, as (key, effect).
fn wanted(node: &Node) -> Vec<(&'static str, &'static str)> {
    let mut wanted = Vec::new();
    let ready = condition(&node.status.conditions, "Ready").map_or("Unknown", |ready| &*ready.status);
    match ready {
        "True" => {}
        "False" => wanted.extend([(NOT_READY, "NoSchedule"), (NOT_READY, "NoExecute")]),
        _ => wanted.extend([(UNREACHABLE, "NoSchedule"), (UNREACHABLE, "NoExecute")]),
    }
    let pressures = PRESSURES.iter().filter(|(name, _)| is_true(&node.status.conditions, name));
    wanted.extend(pressures.map(|(_, key)| (*key, "NoSchedule")));
    if node.spec.unschedulable {
        wanted.push((UNSCHEDULABLE, "NoSchedule"));
    }
    wanted
}

/// Whether this reconciler, and nobody else, puts such taints.
fn is_ours(taint: &Taint) -> bool {
    let key = &*taint.key;
    matches!(key, NOT_READY | UNREACHABLE | UNSCHEDULABLE) || PRESSURES.iter().any(|(_, ours)| *ours == key)
}

/// Makes the node's taints follow its conditions; `None` where they do.
pub(super) fn follow_conditions(node: &Seen<Node>, now: Time) -> Option<Intent> {
    let wanted = wanted(node);
    let is_wanted = |taint: &Taint| wanted.contains(&(&*taint.key, &*taint.effect));
    let present =
        |(key, effect): &(&str, &str)| node.spec.taints.iter().any(|taint| &*taint.key == *key && &*taint.effect == *effect);
    let missing: Vec<_> = wanted.iter().filter(|pair| !present(pair)).collect();
    if missing.is_empty() && node.spec.taints.iter().all(|taint| !is_ours(taint) || is_wanted(taint)) {
        return None;
    }
    let mut taints: Vec<Taint> = node.spec.taints.iter().filter(|taint| !is_ours(taint) || is_wanted(taint)).cloned().collect();
    for (key, effect) in missing {
        let time_added = (*effect == "NoExecute").then_some(now);
        taints.push(Taint { key: (*key).into(), value: "".into(), effect: (*effect).into(), time_added });
    }
    Some(patch(node.precondition(), "", json!({ "spec": { "taints": taints } })))
}
