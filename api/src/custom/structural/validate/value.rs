//! One value against one schema.

use serde_json::Value;

use super::{embedded, join, limits, lists};
use crate::custom::same_items::SameItems;
use crate::custom::structural::model::{Additional, Structural, Type};
use crate::kind::FieldError;
use crate::kind::validate::{Faults, Path};
use crate::schema::ListType;

/// The faults of a whole object. Where `old` is given, what it has as well is no fault.
pub(in crate::custom) fn validate(schema: &Structural, object: &Value, old: Option<&Value>) -> Vec<FieldError> {
    let mut faults = Faults::default();
    root(schema, object, None, &mut faults);
    if faults.is_empty() || old.is_none() {
        return faults.into_errors();
    }
    let mut faults = Faults::default();
    root(schema, object, old, &mut faults);
    faults.into_errors()
}

/// The faults of `value`, a part of an object at `path`.
pub(in crate::custom) fn validate_part(schema: &Structural, value: &Value, path: &Path<'_>) -> Vec<FieldError> {
    let mut faults = Faults::default();
    check(schema, value, None, path, &mut faults);
    faults.into_errors()
}

pub(super) fn root(schema: &Structural, object: &Value, old: Option<&Value>, faults: &mut Faults) {
    if old != Some(object) {
        limits::check(schema, object, None, faults);
        children(schema, object, old, None, true, faults);
    }
}

/// Checks `value`, which is at `path`; an unchanged one passes.
pub(super) fn check(schema: &Structural, value: &Value, old: Option<&Value>, path: &Path<'_>, faults: &mut Faults) {
    if old == Some(value) {
        return;
    }
    if value.is_null() && (schema.nullable || schema.r#type == Type::Any && !schema.int_or_string) {
        return limits::allowed(schema, value, path, faults);
    }
    if !fits(schema, value) {
        let (found, wanted) = (type_name(value), wanted(schema));
        faults.wrong_type(path, found, format!("{path} in body must be of type {wanted}: {found:?}"));
        if schema.r#type == Type::Integer && value.is_f64() {
            faults.nowhere(format!("Checked value must be of type {wanted} (default format) in {path}"));
            limits::check(schema, value, Some(path), faults);
        }
        return;
    }
    limits::check(schema, value, Some(path), faults);
    if schema.embedded {
        embedded::check(value, path, faults);
    }
    children(schema, value, old, Some(path), schema.embedded, faults);
}

/// Checks what is inside `value`. The type and metadata of a whole object have been checked elsewhere.
fn children(schema: &Structural, value: &Value, old: Option<&Value>, path: Option<&Path<'_>>, whole: bool, faults: &mut Faults) {
    match value {
        Value::Object(map) => {
            for (name, inner) in map {
                let Some(property) = schema.field(name) else {
                    if let (Additional::Refused, Some(path)) = (&schema.additional, path) {
                        faults.invalid_text(path, name, format!("{path}.{name} in body is a forbidden property"));
                    }
                    continue;
                };
                let before = old.and_then(|old| old.get(name));
                match (whole, name.as_str()) {
                    (true, "apiVersion" | "kind") => {}
                    (true, "metadata") => children(property, inner, before, Some(&join::at(path, name)), false, faults),
                    _ => check(property, inner, before, &join::at(path, name), faults),
                }
            }
        }
        Value::Array(items) => {
            let Some(path) = path else { return };
            if let Some(inner) = &schema.items {
                // Items that have no keys are not told from one another: they change with their list.
                let before = old.and_then(Value::as_array).filter(|_| schema.list_type == ListType::Map);
                let before = before.map(|before| SameItems::new(&schema.keys, before));
                for (at, item) in items.iter().enumerate() {
                    let before = before.as_ref().and_then(|before| before.of(item));
                    check(inner, item, before, &path.index(at), faults);
                }
            }
            if schema.list_type != ListType::Atomic {
                lists::check_unique(schema, items, path, faults);
            }
        }
        _ => {}
    }
}

fn fits(schema: &Structural, value: &Value) -> bool {
    if schema.int_or_string {
        return value.is_string() || is_whole(value);
    }
    match schema.r#type {
        Type::Any => true,
        Type::Object => value.is_object(),
        Type::Array => value.is_array(),
        Type::Integer => is_whole(value),
        Type::Number => value.is_number(),
        Type::Boolean => value.is_boolean(),
        Type::String => value.is_string(),
    }
}

fn is_whole(value: &Value) -> bool {
    value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0)
}

const fn wanted(schema: &Structural) -> &'static str {
    if schema.int_or_string {
        return "integer,string";
    }
    match schema.r#type {
        Type::Any => "any",
        Type::Object => "object",
        Type::Array => "array",
        Type::Integer => "integer",
        Type::Number => "number",
        Type::Boolean => "boolean",
        Type::String => "string",
    }
}

/// The type of `value` as schemas call it.
pub(super) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) if is_whole(value) => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::custom::compile;
    use serde_json::json;

    fn faults(schema: Value, value: Value) -> Vec<String> {
        let schema = compile(&json!({"type": "object", "properties": {"a": schema}}));
        validate(&schema, &json!({"a": value}), None).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn patterns_match_ascii_only() {
        let schema = json!({"type": "string", "pattern": r"^\w(([\w-.]+)?\w)?$"});
        assert_eq!(faults(schema.clone(), json!("a-b.c")), Vec::<String>::new());
        assert_eq!(faults(schema, json!("é")).len(), 1);
    }

    #[test]
    fn what_was_wrong_is_forgiven_in_items_with_keys_and_in_lists_that_stay() {
        let item = json!({"type": "object", "properties": {"n": {"type": "string"}, "v": {"type": "integer", "maximum": 5}}});
        let old = json!({"m": "x", "a": [{"n": "a", "v": 9}, {"n": "b", "v": 1}]});
        let elsewhere = json!({"m": "y", "a": [{"n": "a", "v": 9}, {"n": "b", "v": 1}]});
        let swapped = json!({"m": "x", "a": [{"n": "b", "v": 1}, {"n": "a", "v": 9}]});
        let grown = json!({"m": "x", "a": [{"n": "a", "v": 9}, {"n": "b", "v": 2}]});
        for (r#type, forgiven) in [(None, false), (Some("atomic"), false), (Some("set"), false), (Some("map"), true)] {
            let mut list = json!({"type": "array", "items": item, "x-kubernetes-list-map-keys": ["n"]});
            list["x-kubernetes-list-type"] = r#type.into();
            let schema = compile(&json!({"type": "object", "properties": {"a": list}}));
            let faults = |new: &Value| validate(&schema, new, Some(&old)).len();
            let wrong = usize::from(!forgiven);
            assert_eq!((faults(&elsewhere), faults(&swapped), faults(&grown)), (0, wrong, wrong), "{type:?}");
        }
    }

    #[test]
    fn null_has_to_be_one_of_the_values_too() {
        let schema = |values: Value| json!({"type": "string", "nullable": true, "enum": values});
        assert_eq!(faults(schema(json!(["x", null])), Value::Null), Vec::<String>::new());
        assert_eq!(faults(schema(json!(["x"])), Value::Null), ["a: Unsupported value: null: supported values: \"x\""]);
    }

    #[test]
    fn a_closed_object_has_no_other_fields() {
        let schema = json!({"type": "object", "additionalProperties": false});
        assert_eq!(faults(schema.clone(), json!({})), Vec::<String>::new());
        assert_eq!(faults(schema, json!({"b": 1})), ["a: Invalid value: \"b\": a.b in body is a forbidden property"]);
    }
}
