//! Endpoints and slices of them.

use serde_json::Value;

use super::super::{list, text};
use super::ip::{ip, plain_ip};
use crate::kind::validate::{Distinct, Faults, Path, dns_label_fault, dns_subdomain_fault};

const MAX_ADDRESSES: usize = 100;
const MAX_ENDPOINTS: usize = 1000;
const MAX_PORTS: usize = 20_000;
const MAX_ZONES: usize = 8;

pub(in super::super) fn slice(object: &Value, faults: &mut Faults) {
    let path = Path::new("endpoints");
    let endpoints = list(object, "endpoints");
    if endpoints.len() > MAX_ENDPOINTS {
        faults.too_many(&path, endpoints.len() as u64, MAX_ENDPOINTS as u64);
    } else {
        for (at, one) in endpoints.iter().enumerate() {
            endpoint(one, text(object, "addressType"), &path.index(at), faults);
        }
    }
    let (field, ports) = (Path::new("ports"), list(object, "ports"));
    if ports.len() > MAX_PORTS {
        return faults.too_many(&field, ports.len() as u64, MAX_PORTS as u64);
    }
    let mut names = Distinct::default();
    for (at, port) in ports.iter().enumerate() {
        let (at_path, name) = (field.index(at), text(port, "name"));
        if let Some(why) = dns_label_fault(name).filter(|_| !name.is_empty()) {
            faults.invalid_text(&at_path.child("name"), name, why);
        }
        if names.repeats(name) {
            faults.duplicate(&at_path.child("name"), &name.into());
        }
    }
}

fn endpoint(endpoint: &Value, kind: &str, path: &Path<'_>, faults: &mut Faults) {
    let (field, addresses) = (path.child("addresses"), list(endpoint, "addresses"));
    if addresses.is_empty() {
        faults.required(&field, "must contain at least 1 address");
    } else if addresses.len() > MAX_ADDRESSES {
        faults.too_many(&field, addresses.len() as u64, MAX_ADDRESSES as u64);
    }
    for (at, address) in addresses.iter().enumerate() {
        slice_address(kind, address.as_str().unwrap_or_default(), &field.index(at), faults);
    }
    let deprecated = &endpoint["deprecatedTopology"];
    if deprecated.get("topology.kubernetes.io/zone").is_some() {
        let field = path.child("deprecatedTopology");
        faults.invalid(&field, deprecated, "may not set zone information for deprecated topology");
    }
    let zones = list(&endpoint["hints"], "forZones");
    let hints = path.child("hints");
    let field = hints.child("forZones");
    if zones.len() > MAX_ZONES {
        faults.too_many(&field, zones.len() as u64, MAX_ZONES as u64);
    }
    let mut names = Distinct::default();
    for (at, zone) in zones.iter().enumerate() {
        let (at_path, name) = (field.index(at), text(zone, "name"));
        for why in crate::selector::label_value_faults(name) {
            faults.invalid_text(&at_path.child("name"), name, why);
        }
        if names.repeats(name) {
            faults.duplicate(&at_path.child("name"), &name.into());
        }
    }
}

fn slice_address(kind: &str, address: &str, path: &Path<'_>, faults: &mut Faults) {
    let parsed = address.parse::<std::net::IpAddr>();
    match kind {
        "FQDN" => {
            let wrong = match dns_subdomain_fault(address.trim_end_matches('.')) {
                None if address.trim_end_matches('.').split('.').count() < 2 => {
                    Some("should be a domain with at least two segments separated by dots".to_owned())
                }
                wrong => wrong,
            };
            if let Some(why) = wrong {
                faults.invalid_text(path, address, why);
            }
        }
        "IPv4" if parsed.as_ref().is_ok_and(std::net::IpAddr::is_ipv6) => {
            faults.invalid_text(path, address, "must be a valid IPv4 address")
        }
        "IPv6" if parsed.as_ref().is_ok_and(std::net::IpAddr::is_ipv4) => {
            faults.invalid_text(path, address, "must be a valid IPv6 address")
        }
        "IPv4" | "IPv6" => plain_ip(address, path, faults),
        _ => {}
    }
}

/// `core.v1.EndpointSubset`: addresses, and names for ports where there are several.
pub(in super::super) fn subset(subset: &Value, path: &Path<'_>, faults: &mut Faults) {
    if list(subset, "addresses").is_empty() && list(subset, "notReadyAddresses").is_empty() {
        faults.required(path, "must specify `addresses` or `notReadyAddresses`");
    }
    let ports = list(subset, "ports");
    let field = path.child("ports");
    let nameless = |port: &Value| ports.len() > 1 && text(port, "name").is_empty();
    for at in (0..ports.len()).filter(|at| nameless(&ports[*at])) {
        faults.required(&field.index(at).child("name"), "");
    }
}

/// `core.v1.EndpointAddress`.
pub(in super::super) fn address(address: &Value, path: &Path<'_>, faults: &mut Faults) {
    let given = text(address, "ip");
    if given.is_empty() {
        ip(given, &path.child("ip"), faults);
    } else {
        plain_ip(given, &path.child("ip"), faults);
    }
}

/// `core.v1.EndpointPort`.
pub(in super::super) fn port(port: &Value, path: &Path<'_>, faults: &mut Faults) {
    let number = super::super::number(port, "port");
    faults.in_range(&path.child("port"), Some(&number.into()), 1, 65_535);
}
