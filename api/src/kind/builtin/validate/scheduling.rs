//! What a pod tolerates, and the requirements of selectors everywhere.

use serde_json::{Map, Value};

use super::text;
use crate::kind::validate::{Faults, Path};

/// The tolerations at `path`.
pub(super) fn tolerations(tolerations: &[Value], path: &Path<'_>, faults: &mut Faults) {
    for (at, toleration) in tolerations.iter().enumerate() {
        let at = path.index(at);
        let operator = text(toleration, "operator");
        if text(toleration, "key").is_empty() && operator != "Exists" {
            let why = "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
            faults.invalid_text(&at.child("operator"), operator, why);
        }
        if operator == "Exists" && !text(toleration, "value").is_empty() {
            faults.invalid_text(
                &at.child("operator"),
                text(toleration, "value"),
                "value must be empty when `operator` is 'Exists'",
            );
        }
        if toleration.get("tolerationSeconds").is_some() && text(toleration, "effect") != "NoExecute" {
            let why = "effect must be 'NoExecute' when `tolerationSeconds` is set";
            faults.invalid_text(&at.child("effect"), text(toleration, "effect"), why);
        }
    }
}

/// One requirement of a label or node selector: as many values as its operator takes.
pub(super) fn requirement(requirement: &Map<String, Value>, path: &Path<'_>, faults: &mut Faults) {
    let count = requirement.get("values").and_then(Value::as_array).map_or(0, Vec::len);
    let path = path.child("values");
    match requirement.get("operator").and_then(Value::as_str).unwrap_or_default() {
        "In" | "NotIn" if count == 0 => faults.required(&path, "must be specified when `operator` is 'In' or 'NotIn'"),
        "Exists" | "DoesNotExist" if count > 0 => {
            faults.forbidden(&path, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'");
        }
        "Gt" | "Lt" if count != 1 => faults.required(&path, "must be specified single value when `operator` is 'Lt' or 'Gt'"),
        _ => {}
    }
}
