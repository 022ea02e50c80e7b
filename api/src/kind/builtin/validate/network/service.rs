//! Services.

use serde_json::Value;

use super::super::containers::port_reference;
use super::super::{SPEC, list, number, text};
use super::ip::{cidr, ip, plain_ip};
use crate::kind::validate::{Distinct, Faults, NameRule, Path};

const SOURCE_RANGES: &str = "service.beta.kubernetes.io/load-balancer-source-ranges";
const TOPOLOGY_MODE: &str = "service.kubernetes.io/topology-mode";
const TOPOLOGY_HINTS: &str = "service.kubernetes.io/topology-aware-hints";
const ONLY_BALANCED: &str = "may only be used when `type` is 'LoadBalancer'";
const FAMILIES: [&str; 2] = ["IPv4", "IPv6"];

/// Whether the service has no address of its own.
pub(super) fn is_headless(spec: &Value) -> bool {
    matches!(list(spec, "clusterIPs"), [only] if only == "None") || text(spec, "clusterIP") == "None"
}

/// Whether something outside leads to it.
pub(super) fn is_external(spec: &Value) -> bool {
    match text(spec, "type") {
        "NodePort" | "LoadBalancer" => true,
        "ClusterIP" => !list(spec, "externalIPs").is_empty(),
        _ => false,
    }
}

/// Whether balancers ask its nodes whether they have endpoints.
pub(super) fn is_health_checked(spec: &Value) -> bool {
    text(spec, "type") == "LoadBalancer" && text(spec, "externalTrafficPolicy") == "Local"
}

pub(in super::super) fn service(object: &Value, faults: &mut Faults) {
    let (spec, annotations) = (&object["spec"], &object["metadata"]["annotations"]);
    let (kind, headless) = (text(spec, "type"), is_headless(spec));
    let path: Path<'_> = SPEC;
    if let (Some(mode), Some(hints)) = (annotations.get(TOPOLOGY_MODE), annotations.get(TOPOLOGY_HINTS))
        && mode != hints
    {
        let field = Path::new("metadata.annotations");
        faults.invalid(
            &field.key(TOPOLOGY_MODE),
            mode,
            format!("must match annotations[{TOPOLOGY_HINTS}] when both are specified"),
        );
    }
    if list(spec, "ports").is_empty() && !headless && kind != "ExternalName" {
        faults.required(&path.child("ports"), "");
    }
    match kind {
        "NodePort" | "LoadBalancer" if headless => {
            let field = path.child("clusterIPs");
            faults.invalid_text(&field.index(0), "None", format!("may not be set to 'None' for {kind} services"));
        }
        "ExternalName" => external_name(spec, &path, faults),
        _ => {}
    }
    ports(spec, &path.child("ports"), faults);
    affinity(spec, &path, faults);
    if kind != "ExternalName" {
        addresses(spec, &path, faults);
    }
    let field = path.child("externalIPs");
    for (at, address) in list(spec, "externalIPs").iter().enumerate() {
        plain_ip(address.as_str().unwrap_or_default(), &field.index(at), faults);
    }
    balancer(spec, annotations, &path, faults);
    traffic(spec, &path, faults);
}

/// A name that is not this cluster's, and no address beside it.
fn external_name(spec: &Value, path: &Path<'_>, faults: &mut Faults) {
    let set = |field: &str| !list(spec, field).is_empty() || field == "clusterIPs" && !text(spec, "clusterIP").is_empty();
    for field in ["clusterIPs", "ipFamilies"].into_iter().filter(|field| set(field)) {
        faults.forbidden(&path.child(field), "may not be set for ExternalName services");
    }
    if spec.get("ipFamilyPolicy").is_some() {
        faults.forbidden(&path.child("ipFamilyPolicy"), "may not be set for ExternalName services");
    }
    let name = text(spec, "externalName");
    let name = name.strip_suffix('.').unwrap_or(name);
    if name.is_empty() {
        faults.required(&path.child("externalName"), "");
    } else if let Some(why) = NameRule::Subdomain.fault(name) {
        faults.invalid_text(&path.child("externalName"), name, why);
    }
}

fn ports(spec: &Value, path: &Path<'_>, faults: &mut Faults) {
    let ports = list(spec, "ports");
    let (mut names, mut numbers, mut node_ports) = (Distinct::default(), Distinct::default(), Distinct::default());
    for (at, port) in ports.iter().enumerate() {
        let (at_path, name) = (path.index(at), text(port, "name"));
        if name.is_empty() {
            if ports.len() > 1 {
                faults.required(&at_path.child("name"), "");
            }
        } else {
            if let Some(why) = NameRule::Label.fault(name) {
                faults.invalid_text(&at_path.child("name"), name, why);
            }
            if names.repeats(name) {
                faults.duplicate(&at_path.child("name"), &name.into());
            }
        }
        faults.in_range(&at_path.child("port"), Some(&number(port, "port").into()), 1, 65_535);
        port_reference(port.get("targetPort"), &at_path.child("targetPort"), faults);
        if let Some(protocol) = port.get("appProtocol").and_then(Value::as_str) {
            for why in crate::selector::label_key_faults(protocol) {
                faults.invalid_text(&at_path.child("appProtocol"), protocol, why);
            }
        }
        let node_port = number(port, "nodePort");
        if node_port != 0 && text(spec, "type") == "ClusterIP" {
            faults.forbidden(&at_path.child("nodePort"), "may not be used when `type` is 'ClusterIP'");
        }
        if node_port != 0 && node_ports.repeats((node_port, &port["protocol"])) {
            faults.duplicate(&at_path.child("nodePort"), &node_port.into());
        }
        if numbers.repeats((number(port, "port"), &port["protocol"])) {
            let shown = serde_json::json!({"protocol": port["protocol"], "port": port["port"], "targetPort": 0});
            faults.duplicate(&at_path, &shown);
        }
    }
}

fn affinity(spec: &Value, path: &Path<'_>, faults: &mut Faults) {
    const MAX: i64 = 86_400;
    let field = path.child("sessionAffinityConfig");
    let config = spec.get("sessionAffinityConfig");
    if text(spec, "sessionAffinity") == "None" {
        if config.is_some() {
            faults.forbidden(&field, "must not be set when session affinity is None");
        }
        return;
    }
    if text(spec, "sessionAffinity") != "ClientIP" {
        return;
    }
    let Some(seconds) = config.and_then(|config| config.pointer("/clientIP/timeoutSeconds")) else {
        return faults.required(&field, "when session affinity type is ClientIP");
    };
    if !seconds.as_i64().is_some_and(|seconds| (1..=MAX).contains(&seconds)) {
        let client = field.child("clientIP");
        faults.invalid(&client.child("timeoutSeconds"), seconds, format!("must be greater than 0 and less than {MAX}"));
    }
}

fn addresses(spec: &Value, path: &Path<'_>, faults: &mut Faults) {
    let (field, all) = (path.child("clusterIPs"), list(spec, "clusterIPs"));
    let shown = || Value::from(all);
    let first = text(spec, "clusterIP");
    match all.first() {
        None if !first.is_empty() => faults.required(&field, ""),
        Some(_) if first.is_empty() => faults.invalid(&field, &shown(), "must be empty when `clusterIP` is not specified"),
        Some(other) if other != first => faults.invalid(&field, &shown(), "first value must match `clusterIP`"),
        _ => {}
    }
    families(spec, path, faults);
    let mut wrong = false;
    let mut versions = Vec::new();
    for (at, address) in all.iter().enumerate() {
        match address.as_str().unwrap_or_default() {
            "None" if at == 0 => {
                if all.len() > 1 {
                    wrong = true;
                    faults.invalid(&field, &shown(), "'None' must be the first and only value");
                }
            }
            address => match ip(address, &field.index(at), faults) {
                Some(address) => versions.push(address.is_ipv4()),
                None => wrong = true,
            },
        }
    }
    if all.len() > 2 {
        faults.invalid(&field, &shown(), "may only hold up to 2 values");
    }
    if wrong {
        return;
    }
    if all.len() > 1 && !(versions.contains(&true) && versions.contains(&false)) {
        faults.invalid(&field, &shown(), "may specify no more than one IP for each IP family");
    }
    if is_headless(spec) {
        return;
    }
    for (at, (four, family)) in versions.iter().zip(list(spec, "ipFamilies")).enumerate() {
        let wanted = family.as_str().unwrap_or_default();
        if FAMILIES.contains(&wanted) && *four != (wanted == "IPv4") {
            faults.invalid(&field.index(at), &all[at], format!("expected an {wanted} value as indicated by `ipFamilies[{at}]`"));
        }
    }
}

fn families(spec: &Value, path: &Path<'_>, faults: &mut Faults) {
    let (field, all) = (path.child("ipFamilies"), list(spec, "ipFamilies"));
    let mut known = Distinct::default();
    for (at, family) in all.iter().enumerate() {
        faults.one_of(&field.index(at), Some(family), &FAMILIES);
        if known.repeats(family) {
            faults.duplicate(&field.index(at), family);
        }
    }
}

/// What only a balancer in front of the service takes.
fn balancer(spec: &Value, annotations: &Value, path: &Path<'_>, faults: &mut Faults) {
    let balanced = text(spec, "type") == "LoadBalancer";
    let ranges = list(spec, "loadBalancerSourceRanges");
    if !ranges.is_empty() {
        let field = path.child("LoadBalancerSourceRanges");
        if !balanced {
            faults.forbidden(&field, ONLY_BALANCED);
        }
        for (at, range) in ranges.iter().enumerate() {
            cidr(range.as_str().unwrap_or_default().trim(), &field.index(at), faults);
        }
    } else if let Some(ranges) = annotations.get(SOURCE_RANGES).and_then(Value::as_str) {
        let field = Path::new("metadata.annotations");
        let field = field.key(SOURCE_RANGES);
        if !balanced {
            faults.forbidden(&field, ONLY_BALANCED);
        }
        for range in ranges.split(',').map(str::trim).filter(|_| !ranges.trim().is_empty()) {
            cidr(range, &field, faults);
        }
    }
    for name in ["allocateLoadBalancerNodePorts", "loadBalancerClass"] {
        if spec.get(name).is_some() && !balanced {
            faults.forbidden(&path.child(name), ONLY_BALANCED);
        }
    }
    if let Some(class) = spec.get("loadBalancerClass").and_then(Value::as_str).filter(|_| balanced) {
        for why in crate::selector::label_key_faults(class) {
            faults.invalid_text(&path.child("loadBalancerClass"), class, why);
        }
    }
}

fn traffic(spec: &Value, path: &Path<'_>, faults: &mut Faults) {
    let policy = text(spec, "externalTrafficPolicy");
    let field = path.child("externalTrafficPolicy");
    match (is_external(spec), policy) {
        (false, "") => {}
        (false, policy) => faults.invalid_text(&field, policy, "may only be set for externally-accessible services"),
        (true, "") => faults.required(&field, ""),
        (true, policy) => faults.one_of(&field, Some(&policy.into()), &["Cluster", "Local"]),
    }
    let (port, field) = (number(spec, "healthCheckNodePort"), path.child("healthCheckNodePort"));
    match (is_health_checked(spec), port) {
        (false, 0) => {}
        (false, port) => {
            let why = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
            faults.invalid(&field, &port.into(), why);
        }
        (true, port) => faults.in_range(&field, Some(&port.into()), 0, 65_535),
    }
}
