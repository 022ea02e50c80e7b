//! Nodes, classes, addresses and signing requests.

use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::{SPEC, list, text};
use crate::kind::validate::{Faults, NameRule, Path};

pub(super) fn node(object: &Value, faults: &mut Faults) {
    let path: Path<'_> = SPEC;
    let field = path.child("taints");
    let taints = list(&object["spec"], "taints");
    for (at, taint) in taints.iter().enumerate() {
        let same = |other: &&Value| other["key"] == taint["key"] && other["effect"] == taint["effect"];
        if taints.iter().take(at).any(|other| same(&other)) {
            faults.duplicate(&field.index(at), taint);
        }
    }
    for (at, range) in list(&object["spec"], "podCIDRs").iter().enumerate() {
        cidr(range.as_str().unwrap_or_default(), &path.child("podCIDRs").index(at), faults);
    }
}

/// What was given to a node stays.
pub(super) fn node_update(new: &Value, old: &Value, faults: &mut Faults) {
    let path: Path<'_> = SPEC;
    for (field, empty) in [("podCIDRs", Value::Array(Vec::new())), ("providerID", "".into())] {
        let before = old["spec"].get(field).filter(|value| **value != empty);
        if before.is_some() && before != new["spec"].get(field) {
            let shown = if field == "podCIDRs" { "podCIDR" } else { field };
            faults.forbidden(&path.child(field), format!("node updates may not change {shown} except from \"\" to valid"));
        }
    }
}

/// Names that begin with `system-` are the system's own.
pub(super) fn priority_class(object: &Value, faults: &mut Faults) {
    const OWN: [(&str, i64); 2] = [("system-cluster-critical", 2_000_000_000), ("system-node-critical", 2_000_001_000)];
    const HIGHEST: i64 = 1_000_000_000;
    let (name, value) = (text(&object["metadata"], "name"), object["value"].as_i64().unwrap_or_default());
    if name.starts_with("system-") {
        if !OWN.contains(&(name, value)) {
            let why = "priority class names with 'system-' prefix are reserved for system use only";
            faults.forbidden(&Path::new("metadata").child("name"), why);
        }
    } else if value > HIGHEST {
        faults.forbidden(&Path::new("value"), format!("maximum allowed value of a user defined priority is {HIGHEST}"));
    }
}

pub(super) fn ip_address(object: &Value, faults: &mut Faults) {
    let name = text(&object["metadata"], "name");
    match name.parse::<IpAddr>() {
        Err(_) => faults.invalid_text(&Path::new("metadata").child("name"), name, "not a valid IP address"),
        Ok(address) if address.to_string() != name => {
            faults.invalid_text(&Path::new("metadata").child("name"), name, "must be in canonical form");
        }
        Ok(_) => {}
    }
    let path: Path<'_> = SPEC;
    let parent = path.child("parentRef");
    if object["spec"].get("parentRef").is_none() {
        return faults.required(&parent, "");
    }
    for field in ["resource", "name"] {
        if text(&object["spec"]["parentRef"], field).is_empty() {
            faults.required(&parent.child(field), "");
        }
    }
}

pub(super) fn service_cidr(object: &Value, faults: &mut Faults) {
    let path: Path<'_> = SPEC;
    let field = path.child("cidrs");
    let ranges = list(&object["spec"], "cidrs");
    if ranges.is_empty() {
        return faults.required(&field, "at least one CIDR required");
    }
    if ranges.len() > 2 {
        faults.invalid(&field, &object["spec"]["cidrs"], "may only hold up to 2 values");
    }
    for (at, range) in ranges.iter().enumerate() {
        cidr(range.as_str().unwrap_or_default(), &field.index(at), faults);
    }
    if let [one, other] = ranges
        && one.as_str().is_some_and(|one| one.contains(':')) == other.as_str().is_some_and(|other| other.contains(':'))
    {
        faults.invalid(&field, &object["spec"]["cidrs"], "may specify no more than one IP for each IP family");
    }
}

/// What signers are asked.
pub(super) fn signing_request(object: &Value, faults: &mut Faults) {
    let spec = &object["spec"];
    let path: Path<'_> = SPEC;
    let request = STANDARD.decode(text(spec, "request")).unwrap_or_default();
    if !String::from_utf8_lossy(&request).contains("-----BEGIN CERTIFICATE REQUEST-----") {
        faults.invalid(&path.child("request"), &spec["request"], "PEM block type must be CERTIFICATE REQUEST");
    }
    let signer = text(spec, "signerName");
    let good = signer.split_once('/').is_some_and(|(domain, rest)| {
        domain.contains('.') && NameRule::Subdomain.fault(domain).is_none() && NameRule::Subdomain.fault(rest).is_none()
    });
    if !signer.is_empty() && !good {
        let why = "must be a fully qualified domain and path of the form \"example.com/signer-name\"";
        faults.invalid_text(&path.child("signerName"), signer, why);
    }
    let conditions = list(&object["status"], "conditions");
    let has = |name: &str| conditions.iter().any(|condition| text(condition, "type") == name);
    for (at, condition) in conditions.iter().enumerate() {
        let status = Path::new("status");
        let (field, kind) = (status.child("conditions"), text(condition, "type"));
        let decided = matches!(kind, "Approved" | "Denied" | "Failed");
        if decided && text(condition, "status") != "True" {
            faults.unsupported(&field.index(at).child("status"), text(condition, "status"), &["True"]);
        }
        if kind == "Denied" && has("Approved") {
            faults.invalid_text(&field.index(at).child("type"), kind, "Approved and Denied conditions are mutually exclusive");
        }
    }
}

/// A decision stays, and is made through `approval` alone.
pub(super) fn signing_request_update(new: &Value, old: &Value, faults: &mut Faults) {
    decisions(new, old, false, faults);
}

/// The same through `approval`.
pub(super) fn approval(new: &Value, old: &Value, faults: &mut Faults) {
    decisions(new, old, true, faults);
}

fn decisions(new: &Value, old: &Value, may_add: bool, faults: &mut Faults) {
    let status = Path::new("status");
    let field = status.child("conditions");
    for kind in ["Approved", "Denied", "Failed"] {
        let of = |object: &Value| -> Vec<Value> {
            list(&object["status"], "conditions").iter().filter(|condition| text(condition, "type") == kind).cloned().collect()
        };
        let (now, before) = (of(new), of(old));
        if before.iter().any(|condition| !now.contains(condition)) {
            let what = if now.len() < before.len() { "remove" } else { "modify" };
            faults.forbidden(&field, format!("updates may not {what} a condition of type {kind:?}"));
        } else if now.len() > before.len() && !may_add && kind != "Failed" {
            faults.forbidden(&field, format!("updates may not add a condition of type {kind:?}"));
        }
    }
}

/// A network such as `10.0.0.0/8`.
pub(super) fn cidr(range: &str, path: &Path<'_>, faults: &mut Faults) {
    let good = range.split_once('/').is_some_and(|(address, prefix)| {
        let most = match address.parse() {
            Ok(IpAddr::V4(_)) => 32,
            Ok(IpAddr::V6(_)) => 128,
            Err(_) => return false,
        };
        prefix.parse::<u8>().is_ok_and(|prefix| prefix <= most)
    });
    if !good {
        faults.invalid_text(path, range, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
    }
}
