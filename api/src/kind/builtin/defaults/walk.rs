//! Applies defaults to an object and everything inside.

use serde_json::{Map, Value};

use super::rules::rules;
use crate::kind::builtin::definition_name;
use crate::quantity::Quantity;
use crate::schema::{Object, Scalar, Schema, definition};

/// Fills in the defaults of a built-in object, which says itself what it is. Idempotent. A spec is no pointer in Go: it is
/// there even where nobody sent it, with all its defaults.
pub(in crate::kind::builtin) fn apply(object: &mut Value) {
    let Some(schema) = definition(&definition_name(object)) else { return };
    if let Some(map) = object.as_object_mut()
        && map.get("spec").is_none_or(Value::is_null)
        && schema.member("spec").is_some_and(|spec| spec.as_object().is_some())
    {
        map.insert("spec".into(), Value::Object(Map::new()));
    }
    walk(object, schema);
}

/// Fills in the status that a new object starts with.
pub(in crate::kind::builtin) fn apply_to_status(object: &mut Value) {
    let schema = definition(&definition_name(object)).and_then(|schema| schema.member("status"));
    if let (Some(schema), Some(status)) = (schema, object.get_mut("status")) {
        walk(status, schema);
    }
}

fn walk(value: &mut Value, schema: &Schema) {
    match (schema, value) {
        (Schema::Object(object), Value::Object(map)) => members(map, object),
        (Schema::Map(map), Value::Object(entries)) => entries.values_mut().for_each(|value| walk(value, &map.values)),
        (Schema::List(list), Value::Array(items)) => items.iter_mut().for_each(|item| walk(item, &list.items)),
        _ => {}
    }
}

fn members(map: &mut Map<String, Value>, object: &Object) {
    if let Some(rules) = rules(&object.name) {
        rules.apply(map);
    }
    if object.name.ends_with("Status") {
        zeros(map, object);
    }
    for (name, value) in map.iter_mut().filter(|(_, value)| value.is_object() || value.is_array()) {
        if let Some(field) = object.field(name) {
            walk(value, &field.schema);
            amounts(value, &field.schema, &object.name);
        }
    }
}

/// Amounts of resources are no finer than a thousandth: where they are, they are rounded up. Those of devices stay.
fn amounts(value: &mut Value, schema: &Schema, holder: &str) {
    let (Schema::Map(map), Value::Object(amounts)) = (schema, value) else { return };
    if !matches!(&*map.values, Schema::Scalar(Scalar::Quantity)) || holder.contains(".resource.") {
        return;
    }
    for amount in amounts.values_mut() {
        let text = amount.as_str().unwrap_or_default();
        let fine = text.ends_with(['n', 'u']) || text.contains("e-");
        if let Some(rounded) = fine.then(|| Quantity::parse(text).ok()).flatten() {
            *amount = rounded.rounded_to_millis().to_string().into();
        }
    }
}

/// Upstream always writes the numbers and flags that a status must have; some clients insist on them.
fn zeros(map: &mut Map<String, Value>, object: &Object) {
    for field in object.fields.iter().filter(|field| field.required && !map.contains_key(&*field.name)).collect::<Vec<_>>() {
        let zero = match &*field.schema {
            Schema::Scalar(Scalar::Int32 | Scalar::Int64) => 0.into(),
            Schema::Scalar(Scalar::Bool) => false.into(),
            _ => continue,
        };
        map.insert(field.name.to_string(), zero);
    }
}
