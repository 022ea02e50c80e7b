//! Whether a schema can be read as a structural one at all.

use serde_json::Value;

use super::paths::{list, members, set, text};

/// Why `schema` cannot be read, in upstream's words.
///
/// # Errors
/// The first reason found.
pub(super) fn check(schema: &Value) -> Result<(), &'static str> {
    unsupported(schema)?;
    for part in set(schema, "not").into_iter().chain(["allOf", "anyOf", "oneOf"].iter().flat_map(|name| list(schema, name))) {
        check(part)?;
    }
    if schema.get("x-kubernetes-preserve-unknown-fields") == Some(&Value::Bool(false)) {
        return Err("internal error: 'x-kubernetes-preserve-unknown-fields' must be true or undefined");
    }
    match set(schema, "items") {
        Some(Value::Array(items)) if !items.is_empty() => {
            return Err("OpenAPIV3Schema 'items' must be a schema, but is an array");
        }
        Some(items) if items.is_object() => check(items)?,
        _ => {}
    }
    members(schema, "properties").try_for_each(|(_, inner)| check(inner))?;
    match schema.get("additionalProperties") {
        Some(inner) if inner.is_object() => check(inner),
        _ => Ok(()),
    }
}

fn unsupported(schema: &Value) -> Result<(), &'static str> {
    let filled = |name: &str| members(schema, name).next().is_some();
    Err(if !text(schema, "id").is_empty() {
        "OpenAPIV3Schema 'id' is not supported"
    } else if !text(schema, "$schema").is_empty() {
        "OpenAPIV3Schema 'schema' is not supported"
    } else if !text(schema, "$ref").is_empty() {
        "OpenAPIV3Schema '$ref' is not supported"
    } else if filled("patternProperties") {
        "OpenAPIV3Schema 'patternProperties' is not supported"
    } else if filled("dependencies") {
        "OpenAPIV3Schema 'dependencies' is not supported"
    } else if set(schema, "additionalItems").is_some() {
        "OpenAPIV3Schema 'additionalItems' is not supported"
    } else if filled("definitions") {
        "OpenAPIV3Schema 'definitions' is not supported"
    } else {
        return Ok(());
    })
}
