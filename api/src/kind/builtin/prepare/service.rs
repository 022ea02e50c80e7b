//! Updates of Services.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::generic;

/// What was allocated stays, where the new Service does not say otherwise: addresses and node ports.
/// What went with the former type goes with it, where it was left as it was.
pub(super) fn update(new: &mut Value, old: &Value) {
    generic::update::<true, false>(new, old);
    follow(&mut new["spec"], &old["spec"]);
    let kind = |service: &Value| service["spec"]["type"].as_str().unwrap_or_default().to_owned();
    let (before, now) = (kind(old), kind(new));
    if before != "ExternalName" && now != "ExternalName" {
        inherit(&mut new["spec"], &old["spec"], "clusterIP");
        if new["spec"].get("clusterIP") == old["spec"].get("clusterIP") {
            inherit(&mut new["spec"], &old["spec"], "clusterIPs");
        }
    }
    if matches!(&*before, "NodePort" | "LoadBalancer") && has_node_ports(new) {
        node_ports(new, old);
    }
    if before == "LoadBalancer"
        && now == "LoadBalancer"
        && new["spec"]["externalTrafficPolicy"] == old["spec"]["externalTrafficPolicy"]
    {
        inherit(&mut new["spec"], &old["spec"], "healthCheckNodePort");
    }
    leave_behind(new, old, &before, &now);
    if now != "LoadBalancer" {
        generic::put(&mut new["status"], "loadBalancer", json!({}));
    }
}

/// Clients that know `clusterIP` alone change nothing else: the list follows it.
fn follow(new: &mut Value, old: &Value) {
    let one = |spec: &Value| spec["clusterIP"].as_str().unwrap_or_default().to_owned();
    let many = |spec: &Value| spec["clusterIPs"].as_array().cloned().unwrap_or_default();
    let (now, before) = (one(new), one(old));
    if now == before {
        inherit(new, old, "clusterIPs");
    } else if many(new) == many(old) {
        let list = if now.is_empty() { Vec::new() } else { vec![Value::from(now)] };
        generic::put(new, "clusterIPs", list.into());
    }
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

/// Whether its ports are given ones of the nodes.
fn has_node_ports(service: &Value) -> bool {
    match service["spec"]["type"].as_str().unwrap_or_default() {
        "NodePort" => true,
        "LoadBalancer" => service["spec"]["allocateLoadBalancerNodePorts"] != false,
        _ => false,
    }
}

/// A port keeps its node port as long as it keeps its name, whatever else of it changes; one that another port now asks for
/// is not kept.
fn node_ports(new: &mut Value, old: &Value) {
    let ports = |service: &Value| service["spec"]["ports"].as_array().cloned().unwrap_or_default();
    let of = |port: &Value| port["nodePort"].as_i64().filter(|number| *number != 0);
    let name = |port: &Value| port["name"].as_str().unwrap_or_default().to_owned();
    let asked: HashSet<i64> = ports(new).iter().filter_map(of).collect();
    let kept: HashMap<String, i64> = ports(old).iter().filter_map(|port| Some((name(port), of(port)?))).collect();
    for port in new["spec"]["ports"].as_array_mut().into_iter().flatten().filter(|port| of(port).is_none()) {
        let before = kept.get(&name(port));
        if let Some(number) = before.filter(|number| !asked.contains(number)) {
            generic::put(port, "nodePort", (*number).into());
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

#[cfg(test)]
mod tests {
    use super::*;

    fn updated(kind: &str, old: Value, new: Value) -> Value {
        let mut service = json!({"spec": {"type": kind, "ports": new}});
        update(&mut service, &json!({"spec": {"type": kind, "ports": old}}));
        service["spec"]["ports"].take()
    }

    #[test]
    fn node_ports_follow_the_names_of_ports() {
        let old = json!([{"name": "a", "port": 80, "protocol": "TCP", "nodePort": 30_001}, {"name": "b", "port": 81, "nodePort": 30_002}]);
        let moved = json!([{"name": "a", "port": 8080, "protocol": "UDP"}, {"name": "c", "port": 81}]);
        let kept = json!([{"name": "a", "port": 8080, "protocol": "UDP", "nodePort": 30_001}, {"name": "c", "port": 81}]);
        assert_eq!(updated("NodePort", old.clone(), moved), kept);
        let taken = json!([{"name": "a", "port": 80}, {"name": "b", "port": 81, "nodePort": 30_001}]);
        assert_eq!(updated("NodePort", old.clone(), taken.clone()), taken);
        let unnamed = json!([{"port": 80, "nodePort": 30_003}]);
        assert_eq!(updated("LoadBalancer", unnamed, json!([{"port": 81}])), json!([{"port": 81, "nodePort": 30_003}]));
    }

    #[test]
    fn the_list_of_addresses_follows_the_address() {
        let spec = |one: &str, many: Value| json!({"type": "ClusterIP", "clusterIP": one, "clusterIPs": many});
        let old = json!({"spec": spec("10.96.0.7", json!(["10.96.0.7"]))});
        for (one, sent, wanted) in [
            ("None", json!(["10.96.0.7"]), json!(["None"])),
            ("None", json!(["10.96.0.8"]), json!(["10.96.0.8"])),
            ("10.96.0.7", json!([]), json!(["10.96.0.7"])),
            ("", json!(["10.96.0.7"]), json!(["10.96.0.7"])),
        ] {
            let mut new = json!({"spec": spec(one, sent)});
            update(&mut new, &old);
            assert_eq!(new["spec"]["clusterIPs"], wanted, "{one}");
        }
    }

    #[test]
    fn what_a_balancer_said_goes_with_the_type() {
        let said = json!({"loadBalancer": {"ingress": [{"ip": "192.0.2.1", "ipMode": "VIP"}]}});
        let old = json!({"spec": {"type": "LoadBalancer"}, "status": said});
        for (kind, kept) in [("LoadBalancer", said.clone()), ("ClusterIP", json!({"loadBalancer": {}}))] {
            let mut new = json!({"spec": {"type": kind}, "status": {}});
            update(&mut new, &old);
            assert_eq!(new["status"], kept, "{kind}");
        }
    }

    #[test]
    fn a_balancer_that_wants_no_node_ports_keeps_none() {
        let old = json!({"spec": {"type": "LoadBalancer", "ports": [{"port": 80, "nodePort": 30_001}]}});
        let mut new = json!({"spec": {"type": "LoadBalancer", "allocateLoadBalancerNodePorts": false, "ports": [{"port": 80}]}});
        update(&mut new, &old);
        assert_eq!(new["spec"]["ports"], json!([{"port": 80}]));
    }
}
