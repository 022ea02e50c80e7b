//! What Go's JSON library says of text, for messages that read like upstream's.

mod syntax;

use serde_json::{Map, Value};

pub(crate) use syntax::syntax_fault;

/// What `value` is called.
pub(crate) const fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// What the value in `text` is called, by how it begins.
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
