//! The bootstrap roles as objects.

use serde_json::{Map, Value, json};

use super::policy::{Policy, RoleRow};
use crate::authorize::rbac::Rule;

pub(super) const RBAC: &str = "rbac.authorization.k8s.io/v1";

/// The rules of the bootstrap ClusterRole `name`; none where there is no such role.
pub(crate) fn rules_of(name: &str) -> Vec<Rule> {
    let roles = Policy::built_in().roles;
    roles.into_iter().find(|role| role.name == name).map(|role| role.rules).unwrap_or_default()
}

/// Every role of `policy`, aggregated rules filled in.
pub(super) fn roles(policy: &Policy) -> Vec<Value> {
    policy.roles.iter().map(|row| object(row, &rules(row, policy))).collect()
}

/// The rules of a row: its own, or those of the rows it aggregates, through several steps.
fn rules(row: &RoleRow, policy: &Policy) -> Vec<Rule> {
    let Some(of) = &row.aggregates else { return row.rules.clone() };
    let label = format!("aggregate-to-{of}");
    let parts = policy.roles.iter().filter(|part| part.name != row.name && part.labels.contains(&label));
    parts.flat_map(|part| rules(part, policy)).collect()
}

fn object(row: &RoleRow, rules: &[Rule]) -> Value {
    let kind = if row.namespace.is_empty() { "ClusterRole" } else { "Role" };
    let mut meta = metadata(&row.namespace, &row.name);
    for label in &row.labels {
        meta["labels"][format!("rbac.authorization.k8s.io/{label}")] = json!("true");
    }
    let mut role = json!({"apiVersion": RBAC, "kind": kind, "metadata": meta});
    if let Some(of) = &row.aggregates {
        let label = format!("rbac.authorization.k8s.io/aggregate-to-{of}");
        role["aggregationRule"] = json!({"clusterRoleSelectors": [{"matchLabels": {label: "true"}}]});
    }
    role["rules"] = json!(rules);
    role
}

/// Metadata of a bootstrap role or binding, marked as upstream's are.
pub(super) fn metadata(namespace: &str, name: &str) -> Value {
    let mut meta = Map::new();
    meta.insert("name".into(), name.into());
    if !namespace.is_empty() {
        meta.insert("namespace".into(), namespace.into());
    }
    meta.insert("labels".into(), json!({"kubernetes.io/bootstrapping": "rbac-defaults"}));
    meta.insert("annotations".into(), json!({"rbac.authorization.kubernetes.io/autoupdate": "true"}));
    Value::Object(meta)
}
