//! Pods and pod specs.

use serde_json::Value;

use super::{SPEC, containers, list, scheduling, text, volumes};
use crate::kind::validate::{Faults, Path};

/// A pod of its own.
pub(super) fn pod(pod: &Value, faults: &mut Faults) {
    spec(&pod["spec"], &SPEC, faults);
}

/// The spec of a pod or of a template, at `path`.
pub(super) fn spec(spec: &Value, path: &Path<'_>, faults: &mut Faults) {
    containers::all(spec, path, faults);
    volumes::all(list(spec, "volumes"), &path.child("volumes"), faults);
    scheduling::tolerations(list(spec, "tolerations"), &path.child("tolerations"), faults);
    if text(spec, "dnsPolicy") == "None" && list(&spec["dnsConfig"], "nameservers").is_empty() {
        let config = path.child("dnsConfig");
        faults.required(&config.child("nameservers"), "must provide at least one DNS nameserver when `dnsPolicy` is None");
    }
    let shares = |field: &str| spec.get(field).and_then(Value::as_bool).unwrap_or_default();
    if shares("shareProcessNamespace") && shares("hostPID") {
        let field = path.child("shareProcessNamespace");
        faults.invalid(&field, &true.into(), "ShareProcessNamespace and HostPID cannot both be enabled");
    }
}
