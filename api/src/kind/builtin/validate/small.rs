//! Kinds with few rules of their own: priorities, leases, API services.

use serde_json::Value;

use super::walk::same_items;
use super::{SPEC, flag, list, text};
use crate::kind::validate::{Faults, Path, dns_label_fault, dns_subdomain_fault};

/// What a condition may be.
const CONDITIONS: [&str; 3] = ["True", "False", "Unknown"];

/// Names that begin with `system-` are the system's own.
pub(super) fn priority_class(object: &Value, faults: &mut Faults) {
    const OWN: [(&str, i64); 2] = [("system-cluster-critical", 2_000_000_000), ("system-node-critical", 2_000_001_000)];
    const HIGHEST: i64 = 1_000_000_000;
    let (name, value) = (text(&object["metadata"], "name"), object["value"].as_i64().unwrap_or_default());
    if name.starts_with("system-") {
        if !OWN.contains(&(name, value)) {
            let why = format!(
                "priority class names with 'system-' prefix are reserved for system use only. error: {}",
                if OWN.iter().any(|(own, _)| *own == name) {
                    format!(
                        "value of {name} PriorityClass must be {}",
                        OWN.iter().find(|(own, _)| *own == name).map_or(0, |own| own.1)
                    )
                } else {
                    format!("{name} is not a known system priority class")
                }
            );
            faults.forbidden(&Path::new("metadata").child("name"), why);
        }
    } else if value > HIGHEST {
        faults.forbidden(&Path::new("value"), format!("maximum allowed value of a user defined priority is {HIGHEST}"));
    }
    if object.get("preemptionPolicy").is_some_and(|policy| policy == "") {
        faults.required(&Path::new("preemptionPolicy"), "");
    }
}

/// What is told of a service of the API.
pub(super) fn api_service_status(new: &Value, _old: &Value, faults: &mut Faults) {
    let path = Path::new("status.conditions");
    for (at, condition) in list(&new["status"], "conditions").iter().enumerate() {
        let value = text(condition, "status");
        if !CONDITIONS.contains(&value) {
            faults.unsupported(&path.index(at).child("status"), value, &CONDITIONS);
        }
    }
}

/// An API service is called after what it serves.
pub(super) fn api_service(object: &Value, faults: &mut Faults) {
    let (name, spec) = (text(&object["metadata"], "name"), &object["spec"]);
    let (group, version) = (text(spec, "group"), text(spec, "version"));
    let wanted = format!("{version}.{group}");
    if name != wanted {
        let why = format!("must be `spec.version+\".\"+spec.group`: {wanted:?}");
        faults.invalid_text(&Path::new("metadata").child("name"), name, why);
    }
    let path: Path<'_> = SPEC;
    if let Some(why) = dns_subdomain_fault(group).filter(|_| !group.is_empty()) {
        faults.invalid_text(&path.child("group"), group, why);
    }
    for (field, most) in [("groupPriorityMinimum", 20_000), ("versionPriority", 1000)] {
        let number = super::number(spec, field);
        if !(1..=most).contains(&number) {
            faults.invalid(&path.child(field), &number.into(), format!("must be positive and less than {most}"));
        }
    }
    match crate::kind::validate::dns1035_label_fault(version) {
        _ if version.is_empty() => faults.required(&path.child("version"), ""),
        Some(why) => faults.invalid_text(&path.child("version"), version, why),
        None => {}
    }
    let (insecure, bundle) = (flag(spec, "insecureSkipTLSVerify"), !text(spec, "caBundle").is_empty());
    let Some(service) = spec.get("service") else {
        let why = "local APIServices may not have a caBundle";
        if bundle {
            faults.invalid_whole(&path.child("caBundle"), why);
        }
        if insecure {
            faults.invalid(
                &path.child("insecureSkipTLSVerify"),
                &true.into(),
                "local APIServices may not have insecureSkipTLSVerify",
            );
        }
        return;
    };
    for field in ["namespace", "name"].into_iter().filter(|field| text(service, field).is_empty()) {
        faults.required(&path.child("service").child(field), "");
    }
    faults.in_range(&path.child("service").child("port"), service.get("port"), 1, 65_535);
    if insecure && bundle {
        faults.invalid(&path.child("insecureSkipTLSVerify"), &true.into(), "may not be true if caBundle is present");
    }
}

/// `node.v1.Scheduling`: tolerations, each once.
pub(super) fn runtime_scheduling(scheduling: &Value, path: &Path<'_>, faults: &mut Faults) {
    same_items(list(scheduling, "tolerations"), &path.child("tolerations"), faults);
}

/// A runtime class is named by a label, and so is its handler.
pub(super) fn runtime_class(object: &Value, faults: &mut Faults) {
    let handler = text(object, "handler");
    match dns_label_fault(handler) {
        _ if handler.is_empty() => {}
        Some(why) => faults.invalid_text(&Path::new("handler"), handler, why),
        None => {}
    }
}
