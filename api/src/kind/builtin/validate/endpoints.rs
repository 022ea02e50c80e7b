//! Endpoint slices, disruption budgets, quotas.

use std::net::IpAddr;

use serde_json::Value;

use super::{SPEC, list, text};
use crate::kind::validate::{Faults, NameRule, Path};
use crate::quantity::Quantity;

const MAX_ADDRESSES: usize = 100;
const MAX_ENDPOINTS: usize = 1000;

pub(super) fn slice(object: &Value, faults: &mut Faults) {
    let path = Path::new("endpoints");
    let endpoints = list(object, "endpoints");
    if endpoints.len() > MAX_ENDPOINTS {
        faults.too_many(&path, endpoints.len() as u64, MAX_ENDPOINTS as u64);
    }
    for (at, endpoint) in endpoints.iter().enumerate() {
        let at = path.index(at);
        let (field, addresses) = (at.child("addresses"), list(endpoint, "addresses"));
        if addresses.len() > MAX_ADDRESSES {
            faults.too_many(&field, addresses.len() as u64, MAX_ADDRESSES as u64);
        }
        for (number, address) in addresses.iter().enumerate() {
            let address = address.as_str().unwrap_or_default();
            slice_address(text(object, "addressType"), address, &field.index(number), faults);
        }
    }
    let (field, ports) = (Path::new("ports"), list(object, "ports"));
    for (at, port) in ports.iter().enumerate() {
        if ports.iter().take(at).any(|other| text(other, "name") == text(port, "name")) {
            faults.duplicate(&field.index(at).child("name"), &text(port, "name").into());
        }
    }
}

fn slice_address(kind: &str, address: &str, path: &Path<'_>, faults: &mut Faults) {
    let family = |version: &str| {
        format!("must specify an {version} address, (e.g. {})", if version == "IPv4" { "10.9.8.7" } else { "2001:db8::ffff" })
    };
    match (kind, address.parse::<IpAddr>()) {
        ("FQDN", _) => {
            if let Some(why) = NameRule::Subdomain.fault(address) {
                faults.invalid_text(path, address, why);
            }
        }
        ("IPv4", Ok(IpAddr::V4(_))) | ("IPv6", Ok(IpAddr::V6(_))) => {}
        (version @ ("IPv4" | "IPv6"), Ok(_)) => faults.invalid_text(path, address, family(version)),
        ("IPv4" | "IPv6", Err(_)) => {
            faults.invalid_text(path, address, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
        }
        _ => {}
    }
}

/// Scopes that exclude one another, and the resources that scoped quotas may limit.
pub(super) fn resource_quota(object: &Value, faults: &mut Faults) {
    const SCOPES: [&str; 6] =
        ["BestEffort", "CrossNamespacePodAffinity", "NotBestEffort", "NotTerminating", "PriorityClass", "Terminating"];
    let path: Path<'_> = SPEC;
    let field = path.child("scopes");
    let scopes: Vec<&str> = list(&object["spec"], "scopes").iter().filter_map(Value::as_str).collect();
    for scope in &scopes {
        if !SCOPES.contains(scope) {
            faults.unsupported(&field, scope, &SCOPES);
        }
    }
    for pair in [["BestEffort", "NotBestEffort"], ["Terminating", "NotTerminating"]] {
        if pair.iter().all(|scope| scopes.contains(scope)) {
            faults.invalid(&field, &object["spec"]["scopes"], "conflicting scopes");
        }
    }
}

/// The scopes of a quota stay.
pub(super) fn resource_quota_update(new: &Value, old: &Value, faults: &mut Faults) {
    let path: Path<'_> = SPEC;
    let scopes = |quota: &Value| {
        let mut scopes: Vec<String> =
            list(&quota["spec"], "scopes").iter().filter_map(Value::as_str).map(str::to_owned).collect();
        scopes.sort();
        scopes
    };
    if scopes(new) != scopes(old) {
        faults.invalid(&path.child("scopes"), &new["spec"]["scopes"], "field is immutable");
    }
}

/// Minima, defaults and maxima in this order.
pub(super) fn limit_range(object: &Value, faults: &mut Faults) {
    let path: Path<'_> = SPEC;
    let field = path.child("limits");
    for (at, item) in list(&object["spec"], "limits").iter().enumerate() {
        let at = field.index(at);
        for (less, more) in
            [("min", "max"), ("min", "default"), ("defaultRequest", "default"), ("default", "max"), ("defaultRequest", "max")]
        {
            for (name, amount) in item[less].as_object().into_iter().flatten() {
                let (Ok(low), Some(Ok(high))) = (Quantity::from_value(amount), item[more].get(name).map(Quantity::from_value))
                else {
                    continue;
                };
                if low > high {
                    let why = format!("{less} value {} is greater than {more} value {}", shown(amount), shown(&item[more][name]));
                    faults.invalid(&at.child(less).key(name), amount, why);
                }
            }
        }
    }
}

fn shown(amount: &Value) -> String {
    amount.as_str().map_or_else(|| amount.to_string(), str::to_owned)
}
