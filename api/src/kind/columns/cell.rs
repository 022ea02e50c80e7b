//! What cells are made of.

use serde_json::{Map, Value};

use crate::duration;
use crate::selector::LabelSelector;
use crate::time::Time;

/// Stands for a value that is not there.
pub(super) const NONE: &str = "<none>";
/// Stands for a time or a value that nobody knows.
pub(super) const UNKNOWN: &str = "<unknown>";

/// The text at `pointer`; empty where there is none.
pub(super) fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The text at `pointer`, or `otherwise` where it is absent or empty.
pub(super) fn text_or(object: &Value, pointer: &str, otherwise: &str) -> Value {
    or(text(object, pointer), otherwise).into()
}

/// `text`, or `otherwise` where it is empty.
pub(super) fn or<'a>(text: &'a str, otherwise: &'a str) -> &'a str {
    if text.is_empty() { otherwise } else { text }
}

/// The whole number at `pointer`; 0 where there is none.
pub(super) fn int(object: &Value, pointer: &str) -> i64 {
    object.pointer(pointer).and_then(Value::as_i64).unwrap_or_default()
}

/// The flag at `pointer`; false where there is none.
pub(super) fn flag(object: &Value, pointer: &str) -> bool {
    object.pointer(pointer).and_then(Value::as_bool).unwrap_or_default()
}

/// The list at `pointer`; empty where there is none.
pub(super) fn list<'a>(object: &'a Value, pointer: &str) -> &'a [Value] {
    object.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The map at `pointer`.
pub(super) fn map<'a>(object: &'a Value, pointer: &str) -> Option<&'a Map<String, Value>> {
    object.pointer(pointer).and_then(Value::as_object)
}

/// A scalar at `pointer` as text; empty where there is none.
pub(super) fn shown(object: &Value, pointer: &str) -> String {
    match object.pointer(pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(other @ (Value::Number(_) | Value::Bool(_))) => other.to_string(),
        _ => String::new(),
    }
}

/// How long ago the time at `pointer` is.
pub(super) fn age(object: &Value, pointer: &str, now: Time) -> String {
    Time::parse(text(object, pointer)).map_or_else(|| UNKNOWN.into(), |then| between(then, now))
}

/// The time from `start` to `end`.
pub(super) fn between(start: Time, end: Time) -> String {
    duration::human((end.as_micros() - start.as_micros()).div_euclid(1_000_000))
}

/// `parts` with commas; `<none>` where there are none.
pub(super) fn joined<T: AsRef<str>>(parts: impl IntoIterator<Item = T>) -> Value {
    let parts: Vec<T> = parts.into_iter().collect();
    let text = parts.iter().map(AsRef::as_ref).collect::<Vec<_>>().join(",");
    or(&text, NONE).into()
}

/// The member `name` of each item of the list at `pointer`, with commas.
pub(super) fn each(object: &Value, pointer: &str, name: &str) -> Value {
    list(object, pointer).iter().filter_map(|item| item.get(name)?.as_str()).collect::<Vec<_>>().join(",").into()
}

/// The names of a template's containers.
pub(super) fn containers(object: &Value) -> Value {
    each(object, "/spec/template/spec/containers", "name")
}

/// The images of a template's containers.
pub(super) fn images(object: &Value) -> Value {
    each(object, "/spec/template/spec/containers", "image")
}

/// The label selector at `pointer` as text.
pub(super) fn selector(object: &Value, pointer: &str) -> Value {
    let selector = object.pointer(pointer).and_then(|selector| LabelSelector::from_value(selector).ok());
    or(&selector.map(|selector| selector.to_string()).unwrap_or_default(), NONE).into()
}

/// A map of labels at `pointer` as text.
pub(super) fn labels(object: &Value, pointer: &str) -> Value {
    let mut pairs: Vec<String> = map(object, pointer)
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    pairs.sort();
    joined(pairs)
}

/// The status of condition `name`; empty where there is none.
pub(super) fn condition<'a>(object: &'a Value, name: &str) -> &'a str {
    let found = list(object, "/status/conditions").iter().find(|condition| text(condition, "/type") == name);
    found.map_or("", |condition| text(condition, "/status"))
}

/// At most `limit` of `parts`, and how many more there are.
pub(super) fn shortened(parts: &[String], limit: usize) -> Value {
    match parts.split_at_checked(limit) {
        Some((first, rest)) if !rest.is_empty() => format!("{} + {} more...", first.join(","), rest.len()).into(),
        _ => joined(parts),
    }
}
