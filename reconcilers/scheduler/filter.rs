//! Which nodes a pod may run on, in the order of upstream's default filters.

use kontiki_api::view::{Node, Pod, Taint, Toleration};
use kontiki_runtime::world::Seen;

use super::amounts::Amounts;
use super::neighbours::Neighbours;
use super::node_affinity::is_eligible;
use super::ports::HostPort;
use super::snapshot::Place;

/// What a pod needs, worked out once for all nodes.
pub(super) struct Needs<'w> {
    /// The pod.
    pub pod: &'w Seen<Pod>,
    /// What it sets aside.
    pub requests: Amounts,
    /// The ports of the node it binds.
    pub ports: Vec<HostPort>,
    /// What it and the other pods want of each other.
    pub neighbours: Neighbours<'w>,
}

/// Why a node is not for a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It would not be even if it were empty.
    Lasting(String),
    /// Other pods are in the way; one text per cause.
    Crowded(Vec<String>),
}

/// Why `place` is not for the pod of `needs`; `None` where it is.
pub(super) fn fault(place: &Place<'_>, needs: &Needs<'_>) -> Option<Fault> {
    if let Some(fault) = lasting(place.node, needs.pod) {
        return Some(Fault::Lasting(fault));
    }
    if needs.ports.iter().any(|port| place.ports.iter().any(|taken| port.conflicts(taken))) {
        return Some(Fault::Crowded(vec!["node(s) didn't have free ports for the requested pod ports".into()]));
    }
    let lacking = lacking(place, &needs.requests);
    if !lacking.is_empty() {
        return Some(Fault::Crowded(lacking));
    }
    needs.neighbours.fault(place.node).map(|fault| Fault::Crowded(vec![fault.into()]))
}

fn lasting(node: &Seen<Node>, pod: &Seen<Pod>) -> Option<String> {
    let unschedulable = Taint { key: "node.kubernetes.io/unschedulable".into(), effect: "NoSchedule".into(), ..Taint::default() };
    if node.spec.unschedulable && !tolerates(&pod.spec.tolerations, &unschedulable) {
        return Some("node(s) were unschedulable".into());
    }
    let hard = node.spec.taints.iter().filter(|taint| matches!(&*taint.effect, "NoSchedule" | "NoExecute"));
    if let Some(taint) = hard.into_iter().find(|taint| !tolerates(&pod.spec.tolerations, taint)) {
        return Some(format!("node(s) had untolerated taint {{{}: {}}}", taint.key, taint.value));
    }
    (!is_eligible(pod, node)).then(|| "node(s) didn't match Pod's node affinity/selector".into())
}

/// Whether one of `tolerations` bears `taint`.
pub(super) fn tolerates(tolerations: &[Toleration], taint: &Taint) -> bool {
    tolerations.iter().any(|toleration| toleration.tolerates(taint))
}

fn lacking(place: &Place<'_>, requests: &Amounts) -> Vec<String> {
    let mut lacking = Vec::new();
    if i64::try_from(place.pods.len()).unwrap_or(i64::MAX) >= place.allocatable.get("pods") {
        lacking.push("Too many pods".into());
    }
    for (name, amount) in requests.iter().filter(|(_, amount)| *amount > 0) {
        if amount > place.allocatable.get(name) - place.taken.get(name) {
            lacking.push(format!("Insufficient {name}"));
        }
    }
    lacking
}
