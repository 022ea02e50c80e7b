//! Access to `metadata` of a JSON object.

use kontiki_api::member_of;
use serde_json::{Map, Value};

/// `metadata`, made where it is not there.
pub(crate) fn metadata(object: &mut Value) -> &mut Map<String, Value> {
    if !object.is_object() {
        *object = Value::Object(Map::new());
    }
    let Value::Object(map) = object else { unreachable!("made an object just before") };
    let meta = map.entry("metadata").or_insert_with(|| Value::Object(Map::new()));
    if !meta.is_object() {
        *meta = Value::Object(Map::new());
    }
    let Value::Object(meta) = meta else { unreachable!("made an object just before") };
    meta
}

/// A text of `metadata`; empty where absent.
pub(crate) fn meta_text<'a>(object: &'a Value, field: &str) -> &'a str {
    let meta = member_of(object, "metadata").and_then(|meta| member_of(meta, field));
    meta.and_then(Value::as_str).unwrap_or_default()
}

/// Whether the object's deletion has begun.
pub(crate) fn is_deleting(object: &Value) -> bool {
    !meta_text(object, "deletionTimestamp").is_empty()
}

/// Whether `metadata.finalizers` has any.
pub(crate) fn has_finalizers(object: &Value) -> bool {
    let finalizers = member_of(object, "metadata").and_then(|meta| member_of(meta, "finalizers"));
    finalizers.and_then(Value::as_array).is_some_and(|list| !list.is_empty())
}
