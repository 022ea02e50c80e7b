//! Schemas in OpenAPI v2's form.

use serde_json::{Map, Value, json};

/// Where the document keeps its definitions.
const PLACE: &str = "#/definitions/";

/// A reference to the definition called `name`.
pub(super) fn reference(name: &str) -> Value {
    json!({"$ref": format!("{PLACE}{name}")})
}

/// Brings the definition called `name` to its form in the document: references with their place, no
/// defaults, and of `custom` kinds only what version 2 and its readers can say.
pub(super) fn convert(_: &str, custom: bool, schema: &mut Value) {
    if custom && is_open(schema) {
        // Readers would take what is named for all there may be.
        *schema = json!({"type": "object"});
    } else if custom {
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

/// Whether `schema` keeps fields that it does not name.
fn is_open(schema: &Value) -> bool {
    schema.get("x-kubernetes-preserve-unknown-fields") == Some(&Value::Bool(true))
}

fn is_nullable(schema: &Value) -> bool {
    schema.get("nullable") == Some(&Value::Bool(true))
}

/// As upstream's conversion of structural schemas: no alternatives, and nothing inside where null or
/// unknown fields are allowed. Readers take an array without items for a fault of the whole document.
fn simplify(schema: &mut Value) {
    let (open, nullable) = (is_open(schema), is_nullable(schema));
    let Some(map) = schema.as_object_mut() else { return };
    for word in ["allOf", "anyOf", "not", "oneOf", "default", "nullable"] {
        map.shift_remove(word);
    }
    if nullable || open {
        map.shift_remove("items");
        map.shift_remove("properties");
    }
    let untyped = match map.get("type").and_then(Value::as_str) {
        Some("array") => !map.contains_key("items"),
        Some("object") => open,
        _ => false,
    };
    let either = map.get("x-kubernetes-int-or-string") == Some(&Value::Bool(true));
    if nullable || untyped || either {
        map.shift_remove("type");
    }
    require(map);
    members(map);
}

/// Requires no member that may be null, and none of an object whose other members may be.
fn require(map: &mut Map<String, Value>) {
    let Some(Value::Array(mut required)) = map.shift_remove("required") else { return };
    if map.get("x-kubernetes-embedded-resource") == Some(&Value::Bool(true)) && !map.contains_key("properties") {
        required.retain(|name| name != "kind" && name != "apiVersion");
    }
    let members = map.get("properties");
    required.retain(|name| !name.as_str().and_then(|name| members?.get(name)).is_some_and(is_nullable));
    if !required.is_empty() && !map.get("additionalProperties").is_some_and(is_nullable) {
        map.insert("required".into(), required.into());
    }
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
        let open = |kind: &str| json!({"type": kind, "x-kubernetes-preserve-unknown-fields": true});
        let inside = |kind: &str, name: &str| json!({"type": kind, name: {"type": "string"}, "x-kubernetes-preserve-unknown-fields": true});
        let mut schema = json!({"type": "object", "required": ["n", "port"], "properties": {
            "n": {"type": "integer", "nullable": true, "default": 1},
            "port": {"x-kubernetes-int-or-string": true, "anyOf": [{"type": "integer"}, {"type": "string"}]},
            "open": inside("object", "properties"),
            "list": inside("array", "items"),
            "lists": {"type": "array", "items": open("array")},
            "map": {"type": "object", "required": ["a"], "additionalProperties": {"type": "string", "nullable": true}},
            "none": {"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "nullable": true}}},
            "metadata": {"$ref": "io.k8s.x", "description": "d"}}});
        convert("com.example.v1.Thing", true, &mut schema);
        let any = json!({"x-kubernetes-preserve-unknown-fields": true});
        assert_eq!(schema["required"], json!(["port"]));
        assert_eq!(
            schema["properties"],
            json!({"n": {}, "port": {"x-kubernetes-int-or-string": true},
            "open": any, "list": any, "lists": {"type": "array", "items": any},
            "map": {"type": "object", "additionalProperties": {}},
            "none": {"type": "object", "properties": {"a": {}}},
            "metadata": {"$ref": "#/definitions/io.k8s.x", "description": "d"}})
        );
    }

    #[test]
    fn what_is_open_as_a_whole_is_an_object_of_anything() {
        let open =
            json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": {"a": {"type": "array"}}});
        let (mut custom, mut built_in) = (open.clone(), open.clone());
        convert("io.k8s.networking.gateway.v1.HTTPRoute", true, &mut custom);
        assert_eq!(custom, json!({"type": "object"}));
        convert("io.k8s.api.core.v1.Pod", false, &mut built_in);
        assert_eq!(built_in, open);
    }
}
