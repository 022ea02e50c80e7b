//! Nodes that fall silent.

use std::time::Duration;

use kontiki_api::meta::NsName;
use kontiki_api::time::Time;
use kontiki_api::view::{Lease, Node, Pod, View, condition};
use kontiki_runtime::plan::Intent;
use kontiki_runtime::world::{Seen, World};
use serde_json::{Value, json};

use super::reconcile::patch;

/// Upstream's `--node-monitor-grace-period`.
const GRACE: Duration = Duration::from_secs(50);
/// Where nodes keep their leases.
pub(super) const LEASES: &str = "kube-node-lease";
/// Conditions that nobody tells any more once a node is silent.
const TOLD: [&str; 4] = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

/// How long until `node` counts as silent; zero where it does. `None` for a node that never had a lease.
pub(super) fn until_silent(world: &World, node: &Seen<Node>, now: Time) -> Option<Duration> {
    let lease = NsName::new(LEASES, node.name().clone()).of(Lease::RESOURCE);
    let heard = world.changed_at(&lease)?;
    Some(GRACE.saturating_sub(now.since(heard)))
}

/// The status of a silent node: what it said is unknown now. `None` where that is told already.
pub(super) fn mark_unknown(node: &Seen<Node>, now: Time) -> Option<Intent> {
    if condition(&node.status.conditions, "Ready").is_some_and(|ready| &*ready.status == "Unknown") {
        return None;
    }
    let conditions: Vec<Value> = TOLD.iter().map(|name| unknown(node, name, now)).collect();
    Some(patch(node.precondition(), "status", json!({ "status": { "conditions": conditions } })))
}

fn unknown(node: &Node, name: &str, now: Time) -> Value {
    let told = condition(&node.status.conditions, name);
    let (reason, message) = match told {
        Some(_) => ("NodeStatusUnknown", "Kubelet stopped posting node status."),
        None => ("NodeStatusNeverUpdated", "Kubelet never posted node status."),
    };
    let heartbeat = told.and_then(|told| told.last_heartbeat_time);
    json!({
        "type": name, "status": "Unknown", "reason": reason, "message": message,
        "lastHeartbeatTime": heartbeat.unwrap_or(now).seconds(), "lastTransitionTime": now.seconds(),
    })
}

/// Pods of a node that is not ready take no traffic: their `Ready` becomes `False`.
pub(super) fn mark_not_ready(pod: &Seen<Pod>, now: Time) -> Option<Intent> {
    if !pod.is_ready() {
        return None;
    }
    let ready = json!({ "type": "Ready", "status": "False", "reason": "NodeNotReady", "lastTransitionTime": now.seconds() });
    Some(patch(pod.precondition(), "status", json!({ "status": { "conditions": [ready] } })))
}
