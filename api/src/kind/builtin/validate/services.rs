//! Services, ingresses and network policies.

use std::net::IpAddr;

use serde_json::Value;

use super::cluster::cidr;
use super::containers::port_reference;
use super::{SPEC, list, text};
use crate::kind::validate::{Faults, NameRule, Path};

const IP_WORDS: &str = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";

pub(super) fn service(object: &Value, faults: &mut Faults) {
    let spec = &object["spec"];
    let path: Path<'_> = SPEC;
    let headless = text(spec, "clusterIP") == "None";
    if list(spec, "ports").is_empty() && !headless && text(spec, "type") != "ExternalName" {
        faults.required(&path.child("ports"), "");
    }
    ports(list(spec, "ports"), &path.child("ports"), faults);
    addresses(spec, &path, faults);
    match text(spec, "type") {
        "ExternalName" => external_name(spec, &path, faults),
        kind @ ("NodePort" | "LoadBalancer") if headless => {
            faults.invalid_text(
                &path.child("clusterIPs").index(0),
                "None",
                format!("may not be set to 'None' for {kind} services"),
            );
        }
        "ClusterIP" => {
            for (at, port) in list(spec, "ports").iter().enumerate() {
                if port["nodePort"].as_i64().unwrap_or_default() != 0 {
                    let field = path.child("ports");
                    faults.forbidden(&field.index(at).child("nodePort"), "may not be used when `type` is 'ClusterIP'");
                }
            }
        }
        _ => {}
    }
}

/// An address that was given stays.
pub(super) fn service_update(new: &Value, old: &Value, faults: &mut Faults) {
    let external = |service: &Value| service["spec"]["type"] == "ExternalName";
    let (now, before) = (text(&new["spec"], "clusterIP"), text(&old["spec"], "clusterIP"));
    if !external(new) && !external(old) && !before.is_empty() && now != before {
        let path: Path<'_> = SPEC;
        let field = path.child("clusterIPs");
        faults.invalid(&field.index(0), &list(&new["spec"], "clusterIPs").into(), "may not change once set");
    }
}

pub(super) fn ingress(object: &Value, faults: &mut Faults) {
    let spec = &object["spec"];
    let path: Path<'_> = SPEC;
    if list(spec, "rules").is_empty() && spec.get("defaultBackend").is_none() {
        faults.invalid(&path, spec, "either `defaultBackend` or `rules` must be specified");
    }
    for (at, rule) in list(spec, "rules").iter().enumerate() {
        let field = path.child("rules");
        let at = field.index(at);
        for (entry_at, entry) in list(&rule["http"], "paths").iter().enumerate() {
            let paths = at.child("http.paths");
            let place = text(entry, "path");
            if entry["pathType"] != "ImplementationSpecific" && !place.starts_with('/') {
                faults.invalid_text(&paths.index(entry_at).child("path"), place, "must be an absolute path");
            }
        }
    }
}

pub(super) fn network_policy(object: &Value, faults: &mut Faults) {
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        for (at, rule) in list(&object["spec"], direction).iter().enumerate() {
            let path: Path<'_> = SPEC;
            let field = path.child(direction);
            let at = field.index(at);
            for (peer_at, peer) in list(rule, peers).iter().enumerate() {
                let field = at.child(peers);
                let place = field.index(peer_at);
                let selects = peer.get("podSelector").is_some() || peer.get("namespaceSelector").is_some();
                match (selects, peer.get("ipBlock").is_some()) {
                    (false, false) => faults.required(&place, "must specify a peer"),
                    (true, true) => faults.forbidden(&place, "may not specify both ipBlock and another peer"),
                    (_, true) => block(&peer["ipBlock"], &place.child("ipBlock"), faults),
                    _ => {}
                }
            }
        }
    }
}

/// A network, and networks that are left out of it.
fn block(block: &Value, path: &Path<'_>, faults: &mut Faults) {
    cidr(text(block, "cidr"), &path.child("cidr"), faults);
    for (at, except) in list(block, "except").iter().enumerate() {
        cidr(except.as_str().unwrap_or_default(), &path.child("except").index(at), faults);
    }
}

fn ports(ports: &[Value], path: &Path<'_>, faults: &mut Faults) {
    for (at, port) in ports.iter().enumerate() {
        let at_path = path.index(at);
        let name = text(port, "name");
        if name.is_empty() && ports.len() > 1 {
            faults.required(&at_path.child("name"), "");
        }
        if let Some(why) = NameRule::Label.fault(name).filter(|_| !name.is_empty()) {
            faults.invalid_text(&at_path.child("name"), name, why);
        }
        if port.get("port").is_none() {
            faults.invalid(&at_path.child("port"), &0.into(), "must be between 1 and 65535, inclusive");
        }
        port_reference(port.get("targetPort"), &at_path.child("targetPort"), faults);
        let before = || ports.iter().take(at);
        if !name.is_empty() && before().any(|other| text(other, "name") == name) {
            faults.duplicate(&at_path.child("name"), &port["name"]);
        }
        if before().any(|other| other["port"] == port["port"] && other["protocol"] == port["protocol"]) {
            faults.duplicate(&at_path, port);
        }
    }
}

fn addresses(spec: &Value, path: &Path<'_>, faults: &mut Faults) {
    let cluster_ip = text(spec, "clusterIP");
    if !matches!(cluster_ip, "" | "None") && cluster_ip.parse::<IpAddr>().is_err() {
        let field = path.child("clusterIPs");
        faults.invalid_text(&field.index(0), cluster_ip, IP_WORDS);
    }
    for (at, address) in list(spec, "externalIPs").iter().enumerate() {
        let address = address.as_str().unwrap_or_default();
        if address.parse::<IpAddr>().is_err() {
            faults.invalid_text(&path.child("externalIPs").index(at), address, IP_WORDS);
        }
    }
}

fn external_name(spec: &Value, path: &Path<'_>, faults: &mut Faults) {
    let name = text(spec, "externalName").trim_end_matches('.');
    if name.is_empty() {
        return faults.required(&path.child("externalName"), "");
    }
    if let Some(why) = NameRule::Subdomain.fault(name) {
        faults.invalid_text(&path.child("externalName"), name, why);
    }
    if !matches!(text(spec, "clusterIP"), "" | "None") {
        let field = path.child("clusterIPs");
        faults.forbidden(&field.index(0), "may not be set when `type` is 'ExternalName'");
    }
}
