//! Columns of roles, accounts and certificate requests.

use serde_json::Value;

use super::cell::{condition, list, text};
use super::column::{Col, Row};
use crate::time::Time;

/// The columns of each kind.
pub(super) const TABLE: &[Row] = &[
    ("rbac.authorization.k8s.io", "Role", ROLES),
    ("rbac.authorization.k8s.io", "ClusterRole", ROLES),
    ("rbac.authorization.k8s.io", "RoleBinding", BINDINGS),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding", BINDINGS),
    ("", "ServiceAccount", ACCOUNTS),
    ("certificates.k8s.io", "CertificateSigningRequest", REQUESTS),
];

const ROLES: &[Col] = &[Col::NAME, Col::CREATED];

const BINDINGS: &[Col] = &[
    Col::NAME,
    Col::text("Role", |object, _| format!("{}/{}", text(object, "/roleRef/kind"), text(object, "/roleRef/name")).into()),
    Col::AGE,
    Col::wide("Users", |object, _| subjects(object, "User")),
    Col::wide("Groups", |object, _| subjects(object, "Group")),
    Col::wide("ServiceAccounts", |object, _| subjects(object, "ServiceAccount")),
];

const ACCOUNTS: &[Col] = &[Col::NAME, Col::text("Secrets", |object, _| list(object, "/secrets").len().into()), Col::AGE];

const REQUESTS: &[Col] = &[
    Col::NAME,
    Col::AGE,
    Col::text("SignerName", |object, _| text(object, "/spec/signerName").into()),
    Col::text("Requestor", |object, _| text(object, "/spec/username").into()),
    Col::text("RequestedDuration", |object, _| match object.pointer("/spec/expirationSeconds").and_then(Value::as_i64) {
        Some(seconds) => crate::duration::human(seconds).into(),
        None => super::cell::NONE.into(),
    }),
    Col::text("Condition", request_state),
];

fn subjects(binding: &Value, kind: &str) -> Value {
    let of_kind = list(binding, "/subjects").iter().filter(|subject| text(subject, "/kind") == kind);
    let names = of_kind.map(|subject| match text(subject, "/namespace") {
        namespace if kind == "ServiceAccount" => format!("{namespace}/{}", text(subject, "/name")),
        _ => text(subject, "/name").to_owned(),
    });
    names.collect::<Vec<_>>().join(", ").into()
}

fn request_state(request: &Value, _now: Time) -> Value {
    let has = |name: &str| !condition(request, name).is_empty();
    let mut state = match (has("Denied"), has("Approved")) {
        (true, _) => "Denied",
        (false, true) => "Approved",
        (false, false) => "Pending",
    }
    .to_owned();
    if has("Failed") {
        state.push_str(",Failed");
    }
    if !text(request, "/status/certificate").is_empty() {
        state.push_str(",Issued");
    }
    state.into()
}
