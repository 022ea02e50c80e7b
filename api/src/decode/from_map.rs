//! What a strategic merge patch makes of an object: upstream reads it from Go's maps rather than from JSON, and tells in other
//! words what does not fit.

use serde_json::Value;

use super::scalar::{Misfit, Token};
use crate::go::from_base64;
use crate::schema::{Field, Scalar, Schema};

/// Whole numbers that were written as broken ones, `1.0`, are whole where only those may be.
pub(super) fn settle(value: &mut Value, schema: &Schema) {
    match (schema, value) {
        (Schema::Object(object), Value::Object(map)) => {
            for (name, value) in map {
                if let Some(field) = object.field(name) {
                    settle(value, &field.schema);
                }
            }
        }
        (Schema::Map(map), Value::Object(entries)) => entries.values_mut().for_each(|value| settle(value, &map.values)),
        (Schema::List(list), Value::Array(items)) => items.iter_mut().for_each(|item| settle(item, &list.items)),
        (Schema::Scalar(Scalar::Int32 | Scalar::Int64), Value::Number(number)) => {
            let float = number.as_f64().filter(|float| number.is_f64() && float.fract() == 0.0 && float.abs() < 2f64.powi(53));
            if let Some(whole) = float.and_then(|float| format!("{float:.0}").parse::<i64>().ok()) {
                *number = whole.into();
            }
        }
        _ => {}
    }
}

/// The first of `value` that does not fit `schema`, in the words of upstream's converter.
pub(super) fn misfit(value: &Value, schema: &Schema) -> Option<String> {
    match (schema, value) {
        (_, Value::Null) => None,
        (Schema::Object(object), Value::Object(map)) => object.fields.iter().find_map(|field| {
            let value = map.get(&*field.name)?;
            misfit(value, &field.schema).map(|why| named(why, field, value))
        }),
        (Schema::Object(_), other) => Some(format!("cannot restore struct from: {}", kind(other))),
        (Schema::Map(map), Value::Object(entries)) => entries.values().find_map(|value| misfit(value, &map.values)),
        (Schema::Map(_), other) => Some(format!("cannot restore map from {}", kind(other))),
        (Schema::List(list), Value::Array(items)) => items.iter().find_map(|item| misfit(item, &list.items)),
        (Schema::List(_), other) => Some(format!("cannot restore slice from {}", kind(other))),
        (Schema::Scalar(scalar), value) => of_scalar(*scalar, value),
    }
}

/// A uid is a type of its own in Go.
fn named(why: String, field: &Field, value: &Value) -> String {
    let is_uid = &*field.name == "uid" && value.is_number();
    if is_uid { why.replace("to string", "to types.UID") } else { why }
}

fn of_scalar(scalar: Scalar, value: &Value) -> Option<String> {
    let plain = |name: &str, convertible: bool| {
        let found = kind(value);
        Some(if convertible { format!("cannot convert {found} to {name}") } else { format!("unrecognized type: {name}") })
    };
    match (scalar, value) {
        (Scalar::Any | Scalar::Open, _)
        | (Scalar::Bool, Value::Bool(_))
        | (Scalar::String | Scalar::IntOrString | Scalar::Quantity, Value::String(_))
        | (Scalar::Number | Scalar::Quantity, Value::Number(_)) => None,
        (Scalar::Bytes, Value::String(text)) => from_base64(text).err().map(|why| format!("error decoding from json: {why}")),
        (Scalar::Bytes, other) => Some(format!("cannot restore slice from {}", kind(other))),
        (Scalar::Time | Scalar::MicroTime, Value::String(_)) => None,
        (Scalar::Time | Scalar::MicroTime, other) => Some(unmarshalled(other, "string")),
        (Scalar::IntOrString, Value::Number(number)) if number.is_i64() => None,
        (Scalar::IntOrString, other) => Some(unmarshalled(other, "int32")),
        (Scalar::Quantity, other) => match Token::Text(other.to_string()).fit(Scalar::Quantity) {
            Err(Misfit::Type(why) | Misfit::Text(why)) => Some(why),
            Ok(_) => None,
        },
        (Scalar::Int32 | Scalar::Int64, Value::Number(number)) if number.is_i64() => None,
        (Scalar::Int32, other) => plain("int32", other.is_number()),
        (Scalar::Int64, other) => plain("int64", other.is_number()),
        (Scalar::Bool, _) => plain("bool", false),
        (Scalar::Number, _) => plain("float64", false),
        (Scalar::String, other) => plain("string", other.is_i64()),
    }
}

/// What types say that read their JSON themselves.
fn unmarshalled(value: &Value, wanted: &str) -> String {
    let found = match value {
        Value::Array(_) => "array".into(),
        Value::Object(_) => "object".into(),
        Value::Bool(_) => "bool".into(),
        Value::Number(number) if wanted != "string" => format!("number {number}"),
        Value::Number(_) => "number".to_owned(),
        Value::String(_) | Value::Null => "string".into(),
    };
    format!("json: cannot unmarshal {found} into Go value of type {wanted}")
}

/// How Go calls what a map may hold.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "interface",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_i64() => "int64",
        Value::Number(_) => "float64",
        Value::String(_) => "string",
        Value::Array(_) => "slice",
        Value::Object(_) => "map",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decode::{Body, FieldValidation, Unfit, decode_merged};
    use crate::kind::Kinds;
    use serde_json::json;

    fn merged(spec: Value) -> Result<Value, String> {
        let kinds = Kinds::builtin();
        let row = kinds.get("apps", "v1", "deployments").unwrap();
        let object = json!({"apiVersion": "v2", "kind": "Other", "metadata": {"name": "d"}, "spec": spec});
        match decode_merged(object, Body::of(row), FieldValidation::Strict, Vec::new()) {
            Ok(decoded) => Ok(decoded.object),
            Err(Unfit::Told(why)) => Err(why),
            Err(Unfit::Refused(status)) => panic!("{status:?}"),
        }
    }

    #[test]
    fn what_was_merged_is_of_its_own_kind_whatever_the_patch_says() {
        let made = merged(json!({"replicas": 2.0, "template": {}})).unwrap();
        assert_eq!((&made["apiVersion"], &made["kind"]), (&json!("apps/v1"), &json!("Deployment")));
        assert_eq!(made["spec"]["replicas"].to_string(), "2");
    }

    #[test]
    fn what_does_not_fit_is_told_in_the_converters_words() {
        let container = |more: Value| json!({"template": {"spec": {"containers": [more]}}});
        let quantity = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
        for (spec, why) in [
            (json!("x"), "cannot restore struct from: string"),
            (json!([]), "cannot restore struct from: slice"),
            (json!({"replicas": "x"}), "unrecognized type: int32"),
            (json!({"replicas": 1.5}), "cannot convert float64 to int32"),
            (json!({"paused": "x"}), "unrecognized type: bool"),
            (json!({"selector": {"matchLabels": {"a": 1}}}), "cannot convert int64 to string"),
            (json!({"selector": {"matchLabels": 1.5}}), "cannot restore map from float64"),
            (container(json!({"command": {}})), "cannot restore slice from map"),
            (container(json!({"image": true})), "unrecognized type: string"),
            (container(json!({"resources": {"limits": {"cpu": {}}}})), quantity),
            (
                json!({"strategy": {"rollingUpdate": {"maxSurge": 1.5}}}),
                "json: cannot unmarshal number 1.5 into Go value of type int32",
            ),
            (
                json!({"template": {"metadata": {"creationTimestamp": 5}}}),
                "json: cannot unmarshal number into Go value of type string",
            ),
            (json!({"template": {"metadata": {"uid": 5}}}), "cannot convert int64 to types.UID"),
        ] {
            assert_eq!(merged(spec.clone()), Err(why.to_owned()), "{spec}");
        }
    }
}
