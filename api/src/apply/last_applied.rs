//! Objects that `kubectl apply` managed on the client before.

use serde_json::Value;

use super::Set;
use super::compare::compare;
use super::field_set::field_set;
use crate::go::sorted;
use crate::schema::Schema;

/// Where client-side apply keeps what it applied last.
const ANNOTATION: &str = "kubectl.kubernetes.io/last-applied-configuration";
/// Only this manager takes over from client-side apply and keeps its annotation true.
pub(super) const KUBECTL: &str = "kubectl";
/// Upstream's most bytes of all annotations of an object.
const MAX_ANNOTATIONS: usize = 256 << 10;

/// The fields that client-side apply set and that nobody has changed since: no conflict for its successor.
pub(super) fn owned_by_client_side_apply(schema: &Schema, api_version: &str, live: &Value) -> Set {
    let Some(applied) = annotation(live).and_then(|text| serde_json::from_str::<Value>(text).ok()) else {
        return Set::default();
    };
    if applied.get("apiVersion").and_then(Value::as_str) != Some(api_version) {
        return Set::default();
    }
    let change = compare(schema, &applied, live);
    field_set(schema, &applied).difference(&change.written).difference(&change.removed)
}

/// Keeps the annotation of `object`, where it has one, in step with what was applied.
pub(super) fn keep_annotation(object: &mut Value, config: &Value) {
    if annotation(object).is_none_or(str::is_empty) {
        return;
    }
    let mut config = sorted(config);
    if let Some(annotations) = config.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut) {
        annotations.shift_remove(ANNOTATION);
    }
    let annotations = object.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut);
    let Some(annotations) = annotations else { return };
    annotations.insert(ANNOTATION.into(), format!("{config}\n").into());
    let size: usize = annotations.iter().map(|(key, value)| key.len() + value.as_str().map_or(0, str::len)).sum();
    if size > MAX_ANNOTATIONS {
        annotations.shift_remove(ANNOTATION);
    }
}

fn annotation(object: &Value) -> Option<&str> {
    object.get("metadata")?.get("annotations")?.get(ANNOTATION)?.as_str()
}
