//! The question sent to a webhook.

use kontiki_api::kind::Kind;
use kontiki_api::request::User;
use serde_json::{Value, json};

use super::Subject;

/// Versions of the review that are spoken.
const SPOKEN: [&str; 2] = ["v1", "v1beta1"];

/// The first of `versions` that is spoken.
///
/// # Errors
/// In upstream's words, where there is none.
pub(super) fn spoken(versions: &[String]) -> Result<&str, String> {
    let found = versions.iter().find(|version| SPOKEN.contains(&version.as_str()));
    found.map(String::as_str).ok_or_else(|| {
        "could not create admission objects: webhook does not accept known AdmissionReview versions (v1, v1beta1)".into()
    })
}

/// `AdmissionReview` about `subject` in the version of `row`; `object` and `old` are of that version.
pub(super) fn review(subject: &Subject<'_>, version: &str, uid: &str, row: &Kind, object: &Value, old: &Value) -> Value {
    let facts = request_of(subject, row, if object.is_null() { old } else { object });
    let mut request = json!({"uid": uid});
    for (field, value) in facts.as_object().into_iter().flatten() {
        if field == "dryRun" {
            request["object"] = object.clone();
            request["oldObject"] = old.clone();
        }
        request[field] = value.clone();
    }
    json!({"kind": "AdmissionReview", "apiVersion": format!("admission.k8s.io/{version}"), "request": request})
}

/// `AdmissionRequest` about `subject` in the version of `row`, without the objects; `named` is one of them.
pub(in crate::admit) fn request_of(subject: &Subject<'_>, row: &Kind, named: &Value) -> Value {
    let subresource = &*subject.target.subresource;
    let fields = [
        ("kind", kind(row, subresource)),
        ("resource", resource(row)),
        ("subResource", subresource.into()),
        ("requestKind", kind(subject.kind, subresource)),
        ("requestResource", resource(subject.kind)),
        ("requestSubResource", subresource.into()),
        ("name", subject.name(named).into()),
        ("namespace", subject.namespace(named).into()),
        ("operation", subject.operation.as_str().into()),
        ("userInfo", user(subject.user)),
        ("dryRun", subject.dry_run.into()),
        ("options", subject.options()),
    ];
    // What is empty is not said.
    fields.into_iter().filter(|(_, value)| value != "").map(|(field, value)| (field.to_owned(), value)).collect()
}

/// `authentication.k8s.io` UserInfo.
fn user(user: &User) -> Value {
    let mut info = json!({"username": &*user.name});
    if !user.uid.is_empty() {
        info["uid"] = (*user.uid).into();
    }
    info["groups"] = json!(user.groups);
    if !user.extra.is_empty() {
        info["extra"] = user.extra.iter().map(|(name, values)| (name.to_string(), json!(values))).collect();
    }
    info
}

/// Group, version and kind of the body: of a subresource its own.
fn kind(row: &Kind, subresource: &str) -> Value {
    match row.subresource(subresource) {
        Some(sub) => json!({"group": &*sub.group, "version": &*sub.version, "kind": &*sub.kind}),
        None => json!({"group": &*row.group, "version": &*row.version, "kind": &*row.kind}),
    }
}

fn resource(row: &Kind) -> Value {
    json!({"group": &*row.group, "version": &*row.version, "resource": &*row.plural})
}
