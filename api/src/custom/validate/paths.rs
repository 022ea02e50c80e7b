//! Access to the parts of a definition.

use serde_json::{Map, Value};

/// The text at `field`; empty where there is none.
pub(super) fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// The list at `field`; empty where there is none.
pub(super) fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value.get(field).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The members of the object at `field`.
pub(super) fn members<'a>(value: &'a Value, field: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    value.get(field).and_then(Value::as_object).into_iter().flat_map(Map::iter)
}

/// Whether `field` is true.
pub(super) fn flag(value: &Value, field: &str) -> bool {
    value.get(field).and_then(Value::as_bool).unwrap_or_default()
}

/// Whether the schema says anything by the member `name`: clients in Go leave out what is empty, and what a `default` or a pointer
/// holds is said even where it is empty.
pub(super) fn is_set(schema: &Value, name: &str) -> bool {
    let pointer = matches!(name, "default" | "additionalProperties" | "x-kubernetes-list-type" | "x-kubernetes-map-type");
    match schema.get(name) {
        None | Some(Value::Null) => false,
        Some(_) if pointer => true,
        Some(Value::Bool(value)) => *value,
        Some(Value::String(value)) => !value.is_empty(),
        Some(Value::Array(value)) => !value.is_empty(),
        Some(Value::Object(value)) => !value.is_empty() || name != "properties",
        Some(Value::Number(_)) => true,
    }
}

/// The value at `field`, where it is there and not null.
pub(super) fn set<'a>(value: &'a Value, field: &str) -> Option<&'a Value> {
    value.get(field).filter(|value| !value.is_null())
}
