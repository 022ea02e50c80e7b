//! Updates of Services.

use serde_json::Value;

use super::generic;

/// What was allocated stays, where the new Service does not say otherwise: addresses and node ports.
/// What went with the former type goes with it, where it was left as it was.
pub(super) fn update(new: &mut Value, old: &Value) {
    generic::update::<true, false>(new, old);
    let kind = |service: &Value| service["spec"]["type"].as_str().unwrap_or_default().to_owned();
    let (before, now) = (kind(old), kind(new));
    if before != "ExternalName" && now != "ExternalName" {
        for field in ["clusterIP", "clusterIPs"] {
            inherit(&mut new["spec"], &old["spec"], field);
        }
    }
    let external = |kind: &str| matches!(kind, "NodePort" | "LoadBalancer");
    if external(&before) && external(&now) {
        node_ports(new, old);
    }
    if before == "LoadBalancer"
        && now == "LoadBalancer"
        && new["spec"]["externalTrafficPolicy"] == old["spec"]["externalTrafficPolicy"]
    {
        inherit(&mut new["spec"], &old["spec"], "healthCheckNodePort");
    }
    leave_behind(new, old, &before, &now);
}

/// Fields of `before`, a type of Service, that `now` does not know.
fn leave_behind(new: &mut Value, old: &Value, before: &str, now: &str) {
    let reachable = |service: &Value, kind: &str| match kind {
        "NodePort" | "LoadBalancer" => true,
        "ClusterIP" => service["spec"]["externalIPs"].as_array().is_some_and(|addresses| !addresses.is_empty()),
        _ => false,
    };
    let checked = |service: &Value, kind: &str| kind == "LoadBalancer" && service["spec"]["externalTrafficPolicy"] == "Local";
    let balanced = before == "LoadBalancer" && now != "LoadBalancer";
    let unreachable = reachable(old, before) && !reachable(new, now);
    let unchecked = checked(old, before) && !checked(new, now);
    let unnumbered = before != "ExternalName" && now == "ExternalName";
    for (gone, fields) in [
        (balanced, &["allocateLoadBalancerNodePorts", "loadBalancerClass"][..]),
        (unreachable, &["externalTrafficPolicy"]),
        (unchecked, &["healthCheckNodePort"]),
        (unnumbered, &["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"]),
    ] {
        for field in fields.iter().filter(|_| gone) {
            if new["spec"].get(*field) == old["spec"].get(*field)
                && let Some(spec) = new["spec"].as_object_mut()
            {
                spec.shift_remove(*field);
            }
        }
    }
}

fn node_ports(new: &mut Value, old: &Value) {
    let old_ports = old["spec"]["ports"].as_array().map(Vec::as_slice).unwrap_or_default();
    let same = |a: &Value, b: &Value| a["port"] == b["port"] && a["protocol"] == b["protocol"];
    for port in new["spec"]["ports"].as_array_mut().into_iter().flatten() {
        if let Some(old) = old_ports.iter().find(|old| same(old, port)) {
            inherit(port, old, "nodePort");
        }
    }
}

/// Takes `field` from `old` where `new` has none, or an empty one.
fn inherit(new: &mut Value, old: &Value, field: &str) {
    let empty = |value: &Value| value == "" || value == 0 || value.as_array().is_some_and(Vec::is_empty);
    let Some(value) = old.get(field) else { return };
    if new.get(field).is_none_or(empty) {
        generic::put(new, field, value.clone());
    }
}
