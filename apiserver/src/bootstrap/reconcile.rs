//! What an object that is there already lacks.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::authorize::rbac::{Rule, uncovered};

/// `found` with what `wanted` adds to it; `None` where it lacks nothing. Roles and bindings only grow, unless their
/// `autoupdate` annotation is `false`; of the rest, what follows the configuration is replaced.
pub(super) fn reconciled(found: &Value, wanted: &Value) -> Option<Value> {
    match found.get("kind").and_then(Value::as_str)? {
        "ClusterRole" | "Role" if autoupdates(found) => with_rules(found, wanted),
        "ClusterRoleBinding" | "RoleBinding" if autoupdates(found) => with_subjects(found, wanted),
        "Endpoints" => replaced(found, wanted, &["subsets"]),
        "EndpointSlice" => replaced(found, wanted, &["endpoints", "ports"]),
        "ConfigMap" => replaced(found, wanted, &["data"]),
        "APIService" if is_automanaged(found) => replaced(found, wanted, &["spec"]),
        _ => None,
    }
}

fn autoupdates(found: &Value) -> bool {
    let annotation = found.pointer("/metadata/annotations/rbac.authorization.kubernetes.io~1autoupdate");
    annotation.and_then(Value::as_str) != Some("false")
}

fn is_automanaged(found: &Value) -> bool {
    let label = found.pointer("/metadata/labels/kube-aggregator.kubernetes.io~1automanaged");
    matches!(label.and_then(Value::as_str), Some("onstart" | "true"))
}

fn with_rules(found: &Value, wanted: &Value) -> Option<Value> {
    let rules = |role: &Value| -> Vec<Rule> {
        let list = role.get("rules").and_then(Value::as_array).into_iter().flatten();
        list.filter_map(|rule| Rule::deserialize(rule).ok()).collect()
    };
    let (mut held, wanted) = (rules(found), rules(wanted));
    let missing: Vec<Rule> = wanted.into_iter().filter(|rule| !uncovered(&held, std::slice::from_ref(rule)).is_empty()).collect();
    if missing.is_empty() {
        return None;
    }
    held.extend(missing);
    let mut role = found.clone();
    role["rules"] = json!(held);
    Some(role)
}

fn with_subjects(found: &Value, wanted: &Value) -> Option<Value> {
    let subjects = |binding: &Value| binding.get("subjects").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut held = subjects(found);
    let missing: Vec<Value> = subjects(wanted).into_iter().filter(|subject| !held.contains(subject)).collect();
    if missing.is_empty() || found.get("roleRef") != wanted.get("roleRef") {
        return None;
    }
    held.extend(missing);
    let mut binding = found.clone();
    binding["subjects"] = Value::Array(held);
    Some(binding)
}

fn replaced(found: &Value, wanted: &Value, fields: &[&str]) -> Option<Value> {
    let mut object = found.clone();
    for field in fields {
        object[*field] = wanted[*field].clone();
    }
    (object != *found).then_some(object)
}
