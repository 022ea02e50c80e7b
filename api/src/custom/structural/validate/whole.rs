//! What is checked of a whole object, and of parts of it.

use serde_json::Value;

use super::verdict::Verdict;
use super::{embedded, lists, value};
use crate::custom::structural::model::Structural;
use crate::kind::FieldError;
use crate::kind::validate::{Faults, Path};

/// The faults of a whole object. Where `old` is given, what it has as well is no fault.
pub(in crate::custom) fn validate(schema: &Structural, object: &Value, old: Option<&Value>) -> Vec<FieldError> {
    let mut errors = ratcheted(schema, object, old, None);
    if schema.has_embedded {
        let mut faults = Faults::default();
        embedded::check_all(schema, object, None, &mut faults);
        errors.extend(faults.into_errors());
    }
    if schema.has_keyed {
        errors.extend(repeated(schema, object, old));
    }
    errors
}

/// The faults of the status of `object`, in the place of that of `old`.
pub(in crate::custom) fn validate_status(schema: &Structural, object: &Value, old: &Value) -> Vec<FieldError> {
    let inner = schema.property("status").zip(object.get("status"));
    let mut errors = inner.map_or_else(Vec::new, |(inner, status)| {
        ratcheted(inner, status, Some(old.get("status").unwrap_or(&Value::Null)), Some(&Path::new("status")))
    });
    if schema.has_keyed {
        errors.extend(repeated(schema, object, Some(old)));
    }
    errors
}

/// The faults of the type and the metadata of `object`.
pub(in crate::custom) fn embedded_faults(object: &Value) -> Vec<FieldError> {
    let mut faults = Faults::default();
    embedded::check(object, &Path::new(""), &mut faults);
    faults.into_errors()
}

/// The faults of `value` at `path` as the default of a part of an object.
pub(in crate::custom) fn validate_part(schema: &Structural, value: &Value, path: &Path<'_>) -> Vec<FieldError> {
    let mut faults = Faults::default();
    embedded::check_all(schema, value, Some(path), &mut faults);
    if !faults.is_empty() {
        return faults.into_errors();
    }
    let mut verdict = Verdict::new(Some(path));
    verdict.lax = true;
    value::check(schema, value, None, None, &mut verdict);
    verdict.into_errors()
}

/// What is wrong with `value` at `base` by its schema, and was not wrong before.
fn ratcheted(schema: &Structural, value: &Value, old: Option<&Value>, base: Option<&Path<'_>>) -> Vec<FieldError> {
    let mut verdict = Verdict::new(base);
    value::check(schema, value, None, None, &mut verdict);
    if verdict.is_fine() || old.is_none() {
        return verdict.into_errors();
    }
    let mut verdict = Verdict::new(base);
    value::check(schema, value, old, None, &mut verdict);
    verdict.into_errors()
}

/// Items that stand for the same, where there were none before.
fn repeated(schema: &Structural, object: &Value, old: Option<&Value>) -> Vec<FieldError> {
    let found = |object: &Value| {
        let mut faults = Faults::default();
        lists::check_all(schema, object, None, &mut faults);
        faults.into_errors()
    };
    let errors = found(object);
    if !errors.is_empty() && old.is_some_and(|old| !found(old).is_empty()) { Vec::new() } else { errors }
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
    fn null_is_none_of_the_values_that_are_listed() {
        let schema = |values: Value| json!({"type": "string", "nullable": true, "enum": values});
        assert_eq!(faults(schema(json!(["x", null])), json!("x")), Vec::<String>::new());
        let listed = "a: Unsupported value: null: supported values: \"x\", \"null\"";
        assert_eq!(faults(schema(json!(["x", null])), Value::Null), [listed]);
        assert_eq!(faults(schema(json!(["x"])), Value::Null), ["a: Unsupported value: null: supported values: \"x\""]);
    }

    #[test]
    fn a_closed_object_has_no_other_fields() {
        let schema = json!({"type": "object", "additionalProperties": false});
        assert_eq!(faults(schema.clone(), json!({})), Vec::<String>::new());
        assert_eq!(faults(schema, json!({"b": 1})), ["a: Invalid value: \"b\": a.b in body is a forbidden property"]);
    }
}
