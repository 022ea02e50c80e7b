//! Fields of the pod and resources of its containers, as containers may see them.

use std::collections::BTreeMap;

use kontiki_api::quantity::Quantity;

use super::facts::Facts;
use crate::view::{Container, ResourceFieldRef};

/// The field at `path`; `None` where there is no such field.
pub fn field(facts: &Facts<'_>, path: &str) -> Option<String> {
    let meta = &facts.pod().metadata;
    if let Some((map, key)) = path.strip_suffix("']").and_then(|path| path.split_once("['")) {
        let map = if map == "metadata.labels" { &meta.labels } else { &meta.annotations };
        return Some(map.get(key).cloned().unwrap_or_default());
    }
    Some(match path {
        "metadata.name" => meta.name.clone(),
        "metadata.namespace" => meta.namespace.clone(),
        "metadata.uid" => meta.uid.clone(),
        "metadata.labels" => lines(&meta.labels),
        "metadata.annotations" => lines(&meta.annotations),
        "spec.nodeName" => facts.spec().node_name.clone(),
        "spec.serviceAccountName" => facts.spec().service_account_name.clone(),
        "status.hostIP" | "status.hostIPs" => facts.node.ip.to_string(),
        "status.podIP" | "status.podIPs" => facts.ip().to_string(),
        _ => return None,
    })
}

/// A map as upstream's downward API writes it: sorted, values quoted as Go does.
fn lines(map: &BTreeMap<String, String>) -> String {
    map.iter().map(|(key, value)| format!("{key}={value:?}")).collect::<Vec<_>>().join("\n")
}

/// A resource of `container` (or of the one `reference` names), divided and rounded up. A limit that
/// is not set reads as what the node has.
pub fn resource(facts: &Facts<'_>, reference: &ResourceFieldRef, container: Option<&Container>) -> Option<String> {
    let named = facts.all_containers().find(|other| other.name == reference.container_name);
    let container = named.or(container)?;
    let (list, name) = reference.resource.split_once('.')?;
    let map = if list == "limits" { &container.resources.limits } else { &container.resources.requests };
    let divisor = Quantity::parse(&reference.divisor).ok();
    let divide = |value: i64, divisor: i64| {
        if divisor <= 0 { value } else { value.div_euclid(divisor) + i64::from(value.rem_euclid(divisor) > 0) }
    };
    let given = map.get(name).and_then(|text| Quantity::parse(text).ok());
    let value = if name == "cpu" {
        let node = if list == "limits" { facts.node.cpu_millis } else { 0 };
        let divisor = divisor.map(Quantity::millis).filter(|millis| *millis > 0).unwrap_or(1000);
        divide(given.map_or(node, Quantity::millis), divisor)
    } else {
        let node = if list == "limits" && name == "memory" { facts.node.memory_bytes } else { 0 };
        let divisor = divisor.map(Quantity::units).filter(|units| *units > 0).unwrap_or(1);
        divide(given.map_or(node, Quantity::units), divisor)
    };
    Some(value.to_string())
}
