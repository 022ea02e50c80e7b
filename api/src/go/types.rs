//! What Go calls values, and what it says of those that are of another type.

use serde_json::{Map, Value};

use super::syntax_fault;

/// What faults of JSON call `value`.
pub const fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// The same of the value in `text`, by how it begins.
pub(crate) fn type_of_text(text: &[u8]) -> &'static str {
    match text.trim_ascii_start().first() {
        Some(b'{') => "object",
        Some(b'[') => "array",
        Some(b'"') => "string",
        Some(b't' | b'f') => "bool",
        Some(b'n') => "null",
        _ => "number",
    }
}

/// The map in `text`; null stands for an empty one.
///
/// # Errors
/// The fault in Go's words.
pub(crate) fn map_of(text: &[u8]) -> Result<Map<String, Value>, String> {
    serde_json::from_slice::<Option<Map<String, Value>>>(text).map(Option::unwrap_or_default).map_err(|error| {
        syntax_fault(text).unwrap_or_else(|| match type_of_text(text) {
            "object" | "null" => error.to_string(),
            found => format!("json: cannot unmarshal {found} into Go value of type map[string]interface {{}}"),
        })
    })
}

/// The type of `value`, as `%T` prints it, where whole numbers are `int64`.
pub(crate) fn type_name(value: &Value) -> &'static str {
    if value.is_i64() { "int64" } else { type_in_go(value) }
}

/// The same where all numbers are `float64`.
pub(crate) const fn type_in_go(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(_) => "float64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}
