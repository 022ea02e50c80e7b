//! The variable `request`: `admission.k8s.io/v1` AdmissionRequest without the objects.

use kontiki_api::request::User;
use serde_json::{Map, Value, json};

use crate::admit::Admission;

/// The request as expressions see it.
pub(super) fn request(admission: &Admission<'_>) -> Value {
    let (kind, target) = (admission.kind, admission.target);
    let of_kind = json!({"group": &*kind.group, "version": &*kind.version, "kind": &*kind.kind});
    let resource = json!({"group": &*kind.group, "version": &*kind.version, "resource": &*kind.plural});
    let requested = json!({"group": &*target.group, "version": &*target.version, "resource": &*target.plural});
    let asked_kind = json!({"group": &*target.group, "version": &*target.version, "kind": &*kind.kind});
    json!({
        "kind": of_kind,
        "resource": resource,
        "subResource": &*target.subresource,
        "requestKind": asked_kind,
        "requestResource": requested,
        "requestSubResource": &*target.subresource,
        "name": admission.name(),
        "namespace": &*target.namespace,
        "operation": admission.operation.as_str(),
        "userInfo": user(admission.user),
        "dryRun": admission.dry_run,
    })
}

fn user(user: &User) -> Value {
    let extra: Map<String, Value> = user.extra.iter().map(|(name, values)| (name.to_string(), texts(values))).collect();
    json!({"username": &*user.name, "uid": &*user.uid, "groups": texts(&user.groups), "extra": extra})
}

fn texts(values: &[kontiki_api::Text]) -> Value {
    values.iter().map(|value| Value::from(&**value)).collect()
}
