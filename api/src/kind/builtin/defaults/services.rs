//! Defaults of Services and network policies.

use serde_json::{Map, Value, json};

use super::{part, parts, set, text};

/// Policies that follow from the type of a Service; the addresses of balancers are of the usual mode.
pub(super) fn service(service: &mut Map<String, Value>) {
    let balancer = part(service, "status").and_then(|status| part(status, "loadBalancer"));
    for ingress in balancer.into_iter().flat_map(|balancer| parts(balancer, "ingress")) {
        if !text(ingress, "ip").is_empty() {
            set(ingress, "ipMode", "VIP");
        }
    }
    let Some(spec) = part(service, "spec") else { return };
    let r#type = text(spec, "type").to_owned();
    let addressed = matches!(&*r#type, "" | "ClusterIP")
        && spec.get("externalIPs").and_then(Value::as_array).is_some_and(|list| !list.is_empty());
    if addressed || matches!(&*r#type, "NodePort" | "LoadBalancer") {
        set(spec, "externalTrafficPolicy", "Cluster");
    }
    if r#type == "LoadBalancer" {
        set(spec, "allocateLoadBalancerNodePorts", true);
    }
    if r#type != "ExternalName" {
        set(spec, "internalTrafficPolicy", "Cluster");
    }
    match text(spec, "sessionAffinity") {
        "ClientIP" => {
            let config = spec.entry("sessionAffinityConfig").or_insert_with(|| json!({}));
            if let Some(client) = config.as_object_mut() {
                let client = client.entry("clientIP").or_insert_with(|| json!({}));
                client.as_object_mut().into_iter().for_each(|client| set(client, "timeoutSeconds", 10_800));
            }
        }
        _ => drop(spec.shift_remove("sessionAffinityConfig")),
    }
}

/// A port leads to the port of the same number.
pub(super) fn port(port: &mut Map<String, Value>) {
    if port.get("targetPort").is_none_or(|target| target == 0 || target == "") {
        let number = port.get("port").cloned().unwrap_or_default();
        port.insert("targetPort".into(), number);
    }
}

/// A policy always concerns ingress, and egress if it speaks of it.
pub(super) fn network_policy(spec: &mut Map<String, Value>) {
    let egress = spec.get("egress").and_then(Value::as_array).is_some_and(|rules| !rules.is_empty());
    let types = if egress { json!(["Ingress", "Egress"]) } else { json!(["Ingress"]) };
    set(spec, "policyTypes", types);
}
