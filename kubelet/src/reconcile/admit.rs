//! Pods that this node cannot take.

use kontiki_api::quantity::Quantity;

use super::facts::Facts;
use crate::view::{Pod, PodSpec};

/// Why the pod is refused: reason and message as upstream's. Only before it has started.
pub fn rejection(facts: &Facts<'_>) -> Option<(String, String)> {
    let told_started = !facts.told_text("startTime").is_empty();
    if told_started || !facts.sandboxes.is_empty() || !facts.containers.is_empty() {
        return None;
    }
    let others: Vec<&Pod> = facts.world.list::<Pod>().map(|seen| &*seen.view).filter(|other| counts(facts, other)).collect();
    let (reason, message) = ports(facts, &others).or_else(|| resources(facts, &others))?;
    Some((reason.clone(), format!("Pod was rejected: {message}")))
}

/// Pods that started before and have not finished.
fn counts(facts: &Facts<'_>, other: &Pod) -> bool {
    let text = |name: &str| other.status.get(name).and_then(serde_json::Value::as_str).unwrap_or_default();
    other.metadata.uid != *facts.key.uid
        && other.spec.node_name == *facts.node.name
        && !text("startTime").is_empty()
        && !matches!(text("phase"), "Succeeded" | "Failed")
}

fn ports(facts: &Facts<'_>, others: &[&Pod]) -> Option<(String, String)> {
    let taken: Vec<_> = others.iter().flat_map(|other| host_ports(&other.spec)).collect();
    let clashes = |(ip, protocol, port): (&str, &str, u16)| {
        let any = |ip: &str| ip.is_empty() || ip == "0.0.0.0";
        let same =
            |other: &(&str, &str, u16)| other.1 == protocol && other.2 == port && (any(ip) || any(other.0) || other.0 == ip);
        taken.iter().any(same)
    };
    let message = "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports";
    host_ports(facts.spec()).any(clashes).then(|| ("NodePorts".into(), message.into()))
}

fn host_ports(spec: &PodSpec) -> impl Iterator<Item = (&str, &str, u16)> {
    let sidecars = spec.init_containers.iter().filter(|container| container.is_sidecar());
    let ports = spec.containers.iter().chain(sidecars).flat_map(|container| &container.ports);
    ports.filter(|port| port.host_port != 0).map(|port| {
        let protocol = if port.protocol.is_empty() { "TCP" } else { &port.protocol };
        (port.host_ip.as_str(), protocol, port.host_port)
    })
}

fn resources(facts: &Facts<'_>, others: &[&Pod]) -> Option<(String, String)> {
    let node = facts.node;
    if node.pods > 0 && others.len() >= node.pods {
        return Some((
            "OutOfpods".into(),
            format!("Node didn't have enough resource: pods, requested: 1, used: {}, capacity: {}", others.len(), node.pods),
        ));
    }
    let checks =
        [("cpu", node.cpu_millis, Quantity::millis as fn(Quantity) -> i64), ("memory", node.memory_bytes, Quantity::units)];
    checks.into_iter().find_map(|(name, capacity, unit)| {
        let used: i64 = others.iter().map(|other| request(&other.spec, name, unit)).sum();
        let asked = request(facts.spec(), name, unit);
        (capacity > 0 && asked > 0 && used + asked > capacity).then(|| {
            let message =
                format!("Node didn't have enough resource: {name}, requested: {asked}, used: {used}, capacity: {capacity}");
            (format!("OutOf{name}"), message)
        })
    })
}

/// What a pod asks for: its main containers together, or its largest init container.
fn request(spec: &PodSpec, name: &str, unit: fn(Quantity) -> i64) -> i64 {
    let of = |container: &crate::view::Container| {
        let text = container.resources.requests.get(name);
        text.and_then(|text| Quantity::parse(text).ok()).map(unit).unwrap_or_default()
    };
    let (sidecars, inits): (Vec<_>, Vec<_>) = spec.init_containers.iter().partition(|container| container.is_sidecar());
    let main: i64 = spec.containers.iter().chain(sidecars).map(of).sum();
    main.max(inits.into_iter().map(of).max().unwrap_or_default())
}
