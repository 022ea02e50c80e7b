//! JSON values as Go's `fmt` prints them and their types.

use serde_json::Value;

use crate::go_text::number;

/// `value` as `%v` prints it.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".into(),
        Value::String(text) => text.clone(),
        Value::Number(float) if float.as_i64().is_none() => number(float.as_f64().unwrap_or_default()),
        Value::Array(items) => format!("[{}]", joined(items.iter().map(shown))),
        Value::Object(map) => {
            let mut members: Vec<_> = map.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            format!("map[{}]", joined(members.into_iter().map(|(name, value)| format!("{name}:{}", shown(value)))))
        }
        other => other.to_string(),
    }
}

/// The type of `value` as `%T` prints it.
pub(crate) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(number) if number.as_i64().is_some() => "int64",
        Value::Number(_) => "float64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(" ")
}
