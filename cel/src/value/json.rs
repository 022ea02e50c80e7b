//! JSON as values.

use std::sync::Arc;

use base64::Engine;
use serde_json::Value as Json;

use super::{Entries, List, Map, Text, Value};
use crate::library::{parse_duration_lenient, parse_timestamp};
use crate::types::{Schema, Shape};

impl<'a> Value<'a> {
    /// JSON without a schema: whole numbers are `int`, others `double`.
    pub fn json(json: &'a Json) -> Self {
        untyped(json)
    }

    /// JSON with a schema.
    pub fn typed(json: &'a Json, schema: &Schema) -> Self {
        typed(json, schema)
    }
}

pub(super) fn untyped(json: &Json) -> Value<'_> {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => number.as_i64().map_or_else(|| Value::Double(number.as_f64().unwrap_or(f64::NAN)), Value::Int),
        Json::String(text) => Value::String(Text::Borrowed(text)),
        Json::Array(items) => Value::List(List::json(items, None)),
        Json::Object(map) => Value::Map(Map::json(map, Entries::Any)),
    }
}

/// What does not fit the schema is taken as JSON has it; the schema's own validation refuses it.
pub(super) fn typed<'a>(json: &'a Json, schema: &Schema) -> Value<'a> {
    match (&schema.shape, json) {
        (Shape::Double, Json::Number(number)) => Value::Double(number.as_f64().unwrap_or(f64::NAN)),
        (Shape::Int, Json::Number(number)) => int(number),
        (Shape::IntOrString, _) => int_or_string(json),
        (Shape::Bytes, Json::String(text)) => bytes(text).unwrap_or_else(|| untyped(json)),
        (Shape::Timestamp, Json::String(text)) => timestamp(text).unwrap_or_else(|| untyped(json)),
        (Shape::Duration, Json::String(text)) => parse_duration_lenient(text).map_or_else(|| untyped(json), Value::Duration),
        (Shape::List(items, kind), Json::Array(array)) => Value::List(List::json(array, Some((Arc::clone(items), kind.clone())))),
        (Shape::Map(values), Json::Object(map)) => Value::Map(Map::json(map, Entries::Values(Arc::clone(values)))),
        (Shape::Object(object), Json::Object(map)) => Value::Map(Map::json(map, Entries::Fields(object.clone()))),
        _ => untyped(json),
    }
}

/// What has a fraction or an exponent is no `int`, not even where it is whole.
fn int(number: &serde_json::Number) -> Value<'static> {
    number.as_i64().map_or(Value::Misfit("invalid data, expected int, got float64"), Value::Int)
}

fn int_or_string(json: &Json) -> Value<'_> {
    match untyped(json) {
        Value::Double(_) => Value::Misfit("invalid data, expected XIntOrString value to be either a string or integer"),
        value => value,
    }
}

fn bytes(text: &str) -> Option<Value<'static>> {
    base64::engine::general_purpose::STANDARD.decode(text).ok().map(|bytes| Value::Bytes(bytes.into()))
}

fn timestamp(text: &str) -> Option<Value<'static>> {
    let whole = (text.len() == 10).then(|| format!("{text}T00:00:00Z"));
    parse_timestamp(whole.as_deref().unwrap_or(text)).map(Value::Timestamp)
}
