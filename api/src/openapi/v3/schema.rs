//! Schemas in OpenAPI v3's form.

use serde_json::{Map, Value, json};

/// Where a document keeps its schemas.
const PLACE: &str = "#/components/schemas/";

/// A reference to the definition called `name`.
pub(super) fn reference(name: &str) -> Value {
    json!({"$ref": format!("{PLACE}{name}")})
}

/// Brings the definition called `name` to its form in documents.
pub(super) fn convert(name: &str, _: bool, schema: &mut Value) {
    references(schema);
    if let Some(map) = schema.as_object_mut() {
        special(name, map);
    }
}

/// What stands beside a reference goes around it.
fn references(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(references),
        Value::Object(map) => {
            if let Some(Value::String(name)) = map.get("$ref").cloned() {
                map.shift_remove("$ref");
                match map.is_empty() {
                    true => drop(map.insert("$ref".into(), format!("{PLACE}{name}").into())),
                    false => drop(map.insert("allOf".into(), json!([reference(&name)]))),
                }
                return;
            }
            map.values_mut().for_each(references);
        }
        _ => {}
    }
}

/// Types whose JSON is one of two.
fn special(name: &str, schema: &mut Map<String, Value>) {
    let other = match name {
        "io.k8s.apimachinery.pkg.api.resource.Quantity" => "number",
        "io.k8s.apimachinery.pkg.util.intstr.IntOrString" => "integer",
        _ => return,
    };
    schema.shift_remove("type");
    schema.insert("oneOf".into(), json!([{"type": other}, {"type": "string"}]));
}
