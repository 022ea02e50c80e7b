//! Ingresses and their classes.

use serde_json::Value;

use super::super::format::{port_name, wildcard};
use super::super::{SPEC, list, number, text};
use super::ip::HOST_WORDS;
use super::service_update::{balancer_address, balancers, told_addresses};
use crate::kind::validate::{Faults, Path, dns_label_fault, dns_subdomain_fault, path_segment_fault};

const CLASS_ANNOTATION: &str = "kubernetes.io/ingress.class";
const BAD_SEQUENCES: [&str; 5] = ["//", "/./", "/../", "%2f", "%2F"];
const BAD_ENDS: [&str; 2] = ["/..", "/."];

pub(in super::super) fn ingress(object: &Value, faults: &mut Faults) {
    let spec = &object["spec"];
    let path: Path<'_> = SPEC;
    if list(spec, "rules").is_empty() && spec.get("defaultBackend").is_none() {
        let rules = spec.get("rules").cloned().unwrap_or_default();
        faults.invalid(&path, &rules, "either `defaultBackend` or `rules` must be specified");
    }
    let field = path.child("tls");
    for (at, tls) in list(spec, "tls").iter().enumerate() {
        let at = field.index(at);
        let hosts = at.child("hosts");
        for (number, host) in list(tls, "hosts").iter().enumerate() {
            name(host.as_str().unwrap_or_default(), &hosts.index(number), faults);
        }
    }
}

/// What only a new ingress must not have: two classes.
pub(in super::super) fn ingress_create(object: &Value, faults: &mut Faults) {
    let annotation = object["metadata"]["annotations"].get(CLASS_ANNOTATION);
    let class = object["spec"].get("ingressClassName");
    if let (Some(annotation), Some(class)) = (annotation, class)
        && annotation != class
    {
        let path = Path::new("annotations");
        faults.invalid(&path.child(CLASS_ANNOTATION), annotation, "must match `ingressClassName` when both are specified");
    }
}

/// What balancers in front of an ingress say of themselves.
pub(in super::super) fn ingress_status(new: &Value, old: &Value, faults: &mut Faults) {
    let path = Path::new("status.loadBalancer");
    let (field, before) = (path.child("ingress"), told_addresses(old));
    for (at, ingress) in balancers(new).iter().enumerate() {
        balancer_address(ingress, &before, &field.index(at), faults);
    }
}

/// `networking.v1.IngressRule`: its host.
pub(in super::super) fn ingress_rule(rule: &Value, path: &Path<'_>, faults: &mut Faults) {
    let host = text(rule, "host");
    if host.is_empty() {
        return;
    }
    if host.parse::<std::net::IpAddr>().is_ok() {
        faults.invalid_text(&path.child("host"), host, HOST_WORDS);
    }
    name(host, &path.child("host"), faults);
}

fn name(host: &str, path: &Path<'_>, faults: &mut Faults) {
    let wrong = if host.contains('*') { wildcard(host) } else { dns_subdomain_fault(host).into_iter().collect() };
    for why in wrong {
        faults.invalid_text(path, host, why);
    }
}

/// `networking.v1.HTTPIngressPath`.
pub(in super::super) fn ingress_path(entry: &Value, path: &Path<'_>, faults: &mut Faults) {
    let place = text(entry, "path");
    let field = path.child("path");
    let exact = match text(entry, "pathType") {
        "Exact" | "Prefix" => true,
        "ImplementationSpecific" => false,
        "" if entry.get("pathType").is_none() => return faults.required(&path.child("pathType"), "pathType must be specified"),
        other => return faults.unsupported(&path.child("pathType"), other, &["Exact", "ImplementationSpecific", "Prefix"]),
    };
    if !place.starts_with('/') && (exact || !place.is_empty()) {
        faults.invalid_text(&field, place, "must be an absolute path");
    }
    if !exact {
        return;
    }
    for bad in BAD_SEQUENCES.iter().filter(|bad| place.contains(**bad)) {
        faults.invalid_text(&field, place, format!("must not contain '{bad}'"));
    }
    for bad in BAD_ENDS.iter().filter(|bad| place.ends_with(**bad)) {
        faults.invalid_text(&field, place, format!("cannot end with '{bad}'"));
    }
}

/// `networking.v1.IngressBackend`: a service's port, or another resource.
pub(in super::super) fn backend(backend: &Value, path: &Path<'_>, faults: &mut Faults) {
    let service = match (backend.get("resource"), backend.get("service")) {
        (Some(_), Some(_)) => return faults.invalid_text(path, "", "cannot set both resource and service backends"),
        (None, None) => return faults.invalid_text(path, "", "resource or service backend is required"),
        (Some(resource), None) => return self::resource(resource, &path.child("resource"), faults),
        (None, Some(service)) => service,
    };
    let field = path.child("service");
    match text(service, "name") {
        "" => {}
        name => {
            if let Some(why) = dns_label_fault(name) {
                faults.invalid_text(&field.child("name"), name, why);
            }
        }
    }
    let (name, port) = (text(&service["port"], "name"), number(&service["port"], "number"));
    let field = field.child("port");
    match (name, port) {
        ("", 0) => faults.required(path, "port name or number is required"),
        ("", port) => faults.in_range(&field.child("number"), Some(&port.into()), 1, 65_535),
        (name, 0) => {
            for why in port_name(name) {
                faults.invalid_text(&field.child("name"), name, why);
            }
        }
        _ => faults.invalid_text(path, "", "cannot set both port name & port number"),
    }
}

fn resource(resource: &Value, path: &Path<'_>, faults: &mut Faults) {
    if let Some(group) = resource.get("apiGroup").and_then(Value::as_str)
        && let Some(why) = dns_subdomain_fault(group)
    {
        faults.invalid_text(&path.child("apiGroup"), group, why);
    }
    for field in ["kind", "name"] {
        let name = text(resource, field);
        if let Some(why) = path_segment_fault(name) {
            faults.invalid_text(&path.child(field), name, why);
        }
    }
}

pub(in super::super) fn ingress_class(object: &Value, faults: &mut Faults) {
    let Some(reference) = object["spec"].get("parameters") else { return };
    let path: Path<'_> = SPEC;
    let parameters = path.child("parameters");
    let (field, namespace) = (parameters.child("namespace"), reference.get("namespace").and_then(Value::as_str));
    match (text(reference, "scope"), namespace) {
        ("Namespace", None) => faults.required(&field, "`parameters.scope` is set to 'Namespace'"),
        ("Namespace", Some(namespace)) => {
            if let Some(why) = dns_label_fault(namespace) {
                faults.invalid_text(&field, namespace, why);
            }
        }
        ("Cluster", Some(_)) => faults.forbidden(&field, "`parameters.scope` is set to 'Cluster'"),
        _ => {}
    }
}
