//! Objects inside objects.

use serde_json::Value;

use crate::kind::validate::{Faults, Path, annotations, dns_subdomain_fault, labels};

/// Checks type and metadata of the object `value`.
pub(super) fn check(value: &Value, path: &Path<'_>, faults: &mut Faults) {
    for field in ["apiVersion", "kind"] {
        if value.get(field).and_then(Value::as_str).is_none_or(str::is_empty) {
            faults.required(&path.child(field), "must not be empty");
        }
    }
    let Some(meta) = value.get("metadata") else { return };
    let path = path.child("metadata");
    labels(meta.get("labels"), &path.child("labels"), faults);
    annotations(meta.get("annotations"), &path.child("annotations"), faults);
    let name = meta.get("name").and_then(Value::as_str).unwrap_or_default();
    if let Some(why) = dns_subdomain_fault(name).filter(|_| !name.is_empty()) {
        faults.invalid_text(&path.child("name"), name, why);
    }
}
