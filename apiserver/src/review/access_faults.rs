//! What is wrong with a question about access, in upstream's words.

use kontiki_api::kind::FieldError;
use kontiki_api::kind::validate::{Faults, Path};
use kontiki_api::selector::label_key_faults;
use serde_json::{Map, Value};

use super::access::{Scope, given};
use super::fields::{text, texts};

const EXISTS: &str = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
const IN: &str = "must be specified when `operator` is 'In' or 'NotIn'";
const ONE_OF: &str = "exactly one of nonResourceAttributes or resourceAttributes must be specified";

/// The faults of the review `body`, asked in `namespace`.
pub(super) fn faults(scope: Scope, namespace: &str, body: &Value) -> Vec<FieldError> {
    let (mut faults, path) = (Faults::default(), Path::new("spec"));
    let spec = body.get("spec").unwrap_or(&Value::Null);
    let (resource, other) = (given(spec, "resourceAttributes"), given(spec, "nonResourceAttributes"));
    match (resource, other) {
        (Some(_), Some(other)) => {
            let detail = "cannot be specified in combination with resourceAttributes";
            faults.invalid_shown(&path.child("nonResourceAttributes"), shown(other), detail);
        }
        (None, None) => faults.invalid(&path.child("resourceAttributes"), &Value::Null, ONE_OF),
        _ => {}
    }
    if scope != Scope::Oneself && text(spec, "/user").is_empty() && texts(spec, "/groups").is_empty() {
        faults.invalid_text(&path.child("user"), "", "at least one of user or group must be specified");
    }
    let attributes = path.child("resourceAttributes");
    if let Some(resource) = resource {
        selector(resource, &attributes, "fieldSelector", &mut faults);
        selector(resource, &attributes, "labelSelector", &mut faults);
    }
    metadata(scope, body, &mut faults);
    if scope == Scope::InNamespace {
        let asked = resource.map(|resource| text(resource, "/namespace"));
        if let Some(asked) = asked.filter(|asked| *asked != namespace) {
            faults.invalid_text(&attributes.child("namespace"), asked, "must match metadata.namespace");
        }
        if let Some(other) = other {
            let path = path.child("nonResourceAttributes");
            faults.invalid_shown(&path, shown(other), "disallowed on this kind of request");
        }
    }
    faults.into_errors()
}

/// A review is no object: it has no name, no labels.
fn metadata(scope: Scope, body: &Value, faults: &mut Faults) {
    let local = scope == Scope::InNamespace;
    let said = |(key, value): &(&String, &Value)| {
        let allowed = (local && *key == "namespace") || *key == "managedFields";
        let empty = match value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Object(map) => map.is_empty(),
            Value::Array(list) => list.is_empty(),
            _ => false,
        };
        !allowed && !empty
    };
    let Some(metadata) = body.get("metadata").and_then(Value::as_object) else { return };
    if metadata.iter().any(|field| said(&field)) {
        let except = if local { " except for namespace" } else { "" };
        faults.invalid(&Path::new("metadata"), &Value::Object(metadata.clone()), format!("must be empty{except}"));
    }
}

fn selector(attributes: &Value, path: &Path<'_>, name: &'static str, faults: &mut Faults) {
    let Some(selector) = given(attributes, name) else { return };
    let path = path.child(name);
    let raw = text(selector, "/rawSelector");
    let requirements = selector.get("requirements").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    match (raw.is_empty(), requirements.is_empty()) {
        (false, false) => {
            faults.invalid_text(&path.child("rawSelector"), raw, "may not specified at the same time as requirements");
        }
        (true, true) => {
            let detail = format!("when {path} is specified, requirements or rawSelector is required");
            faults.required(&path.child("requirements"), &detail);
        }
        _ => {}
    }
    let path = path.child("requirements");
    for (at, requirement) in requirements.iter().enumerate() {
        self::requirement(requirement, &path.index(at), name == "labelSelector", faults);
    }
}

fn requirement(requirement: &Value, path: &Path<'_>, is_of_labels: bool, faults: &mut Faults) {
    let key = text(requirement, "/key");
    if !is_of_labels && key.is_empty() {
        faults.required(&path.child("key"), "must be specified");
    }
    let values = texts(requirement, "/values");
    match text(requirement, "/operator") {
        "In" | "NotIn" if values.is_empty() => faults.required(&path.child("values"), IN),
        "Exists" | "DoesNotExist" if !values.is_empty() => faults.forbidden(&path.child("values"), EXISTS),
        // Clients may be newer than this server.
        _ => {}
    }
    if is_of_labels {
        label_key_faults(key).into_iter().for_each(|why| faults.invalid_text(&path.child("key"), key, why));
        for (at, value) in values.iter().enumerate() {
            for why in kontiki_api::selector::label_value_faults(value) {
                faults.invalid_text(&path.child("values").index(at), value, why);
            }
        }
    }
}

/// A path and a verb as upstream shows them.
fn shown(attributes: &Value) -> String {
    let mut shown = Map::new();
    shown.insert("Path".into(), text(attributes, "/path").into());
    shown.insert("Verb".into(), text(attributes, "/verb").into());
    Value::Object(shown).to_string()
}
