//! Schemas in OpenAPI v2's form.

use serde_json::{Map, Value, json};

/// Where the document keeps its definitions.
const PLACE: &str = "#/definitions/";

/// A reference to the definition called `name`.
pub(super) fn reference(name: &str) -> Value {
    json!({"$ref": format!("{PLACE}{name}")})
}

/// Brings the definition called `name` to its form in the document: references with their place, no
/// defaults, and of custom kinds only what version 2 and its readers can say.
pub(super) fn convert(name: &str, schema: &mut Value) {
    if !name.starts_with("io.k8s.") {
        simplify(schema);
    }
    place(schema);
}

fn place(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(place),
        Value::Object(map) => {
            if let Some(Value::String(name)) = map.get_mut("$ref") {
                name.insert_str(0, PLACE);
            }
            map.retain(|name, value| name != "default" || value.is_object());
            map.values_mut().for_each(place);
        }
        _ => {}
    }
}

/// As upstream's conversion of structural schemas: no alternatives, and nothing inside where null or
/// unknown fields are allowed.
fn simplify(schema: &mut Value) {
    let Some(map) = schema.as_object_mut() else { return };
    for word in ["allOf", "anyOf", "not", "oneOf", "default"] {
        map.shift_remove(word);
    }
    let nullable = map.shift_remove("nullable") == Some(Value::Bool(true));
    let open = map.get("x-kubernetes-preserve-unknown-fields") == Some(&Value::Bool(true));
    if nullable {
        map.shift_remove("type");
    }
    if nullable || open {
        map.shift_remove("items");
        map.shift_remove("properties");
    }
    if map.get("x-kubernetes-int-or-string") == Some(&Value::Bool(true)) {
        map.shift_remove("type");
    }
    members(map);
}

fn members(map: &mut Map<String, Value>) {
    for inner in map.get_mut("properties").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut) {
        simplify(inner);
    }
    for place in ["items", "additionalProperties"] {
        if let Some(inner) = map.get_mut(place) {
            simplify(inner);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_custom_schema_is_published_as_far_as_version_2_goes() {
        let mut schema = json!({"type": "object", "properties": {
            "n": {"type": "integer", "nullable": true, "default": 1},
            "port": {"x-kubernetes-int-or-string": true, "anyOf": [{"type": "integer"}, {"type": "string"}]},
            "open": {"type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": {"a": {"type": "string"}}},
            "metadata": {"$ref": "io.k8s.x", "description": "d"}}});
        convert("com.example.v1.Thing", &mut schema);
        assert_eq!(
            schema["properties"],
            json!({"n": {}, "port": {"x-kubernetes-int-or-string": true},
            "open": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
            "metadata": {"$ref": "#/definitions/io.k8s.x", "description": "d"}})
        );
    }
}
