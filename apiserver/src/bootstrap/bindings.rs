//! The bootstrap bindings as objects.

use serde_json::{Value, json};

use super::policy::{BindingRow, Policy};
use super::roles::{RBAC, metadata};

const GROUP: &str = "rbac.authorization.k8s.io";

/// Every binding of `policy`.
pub(super) fn bindings(policy: &Policy) -> Vec<Value> {
    policy.bindings.iter().map(object).collect()
}

fn object(row: &BindingRow) -> Value {
    let (kind, role) = match row.namespace.is_empty() {
        true => ("ClusterRoleBinding", "ClusterRole"),
        false => ("RoleBinding", "Role"),
    };
    let mut binding = json!({
        "apiVersion": RBAC, "kind": kind, "metadata": metadata(&row.namespace, &row.name),
        "roleRef": {"apiGroup": GROUP, "kind": role, "name": row.role},
    });
    if !row.subjects.is_empty() {
        binding["subjects"] = row.subjects.iter().map(|subject| subject_of(subject)).collect();
    }
    binding
}

fn subject_of(subject: &str) -> Value {
    match subject.split_once(':') {
        Some(("group", name)) => json!({"kind": "Group", "apiGroup": GROUP, "name": name}),
        Some(("sa", account)) => {
            let (namespace, name) = account.split_once('/').unwrap_or(("", account));
            json!({"kind": "ServiceAccount", "name": name, "namespace": namespace})
        }
        Some((_, name)) => json!({"kind": "User", "apiGroup": GROUP, "name": name}),
        None => json!({"kind": "User", "apiGroup": GROUP, "name": subject}),
    }
}
