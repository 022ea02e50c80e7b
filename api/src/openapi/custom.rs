//! The schema of a custom kind as documents publish it.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use crate::custom::Custom;
use crate::kind::definition_of;
use crate::schema::Published;

/// The definition of the row of `custom`: the schema of its CustomResourceDefinition, with what all objects have;
/// references by bare name.
pub(super) fn schema(custom: &Custom) -> Value {
    let mut schema = custom.version().document(&custom.crd().object);
    complete(&mut schema);
    if let Some(map) = schema.as_object_mut() {
        embed(map);
        let selectable = &custom.version().selectable;
        if !selectable.is_empty() {
            let paths = selectable.iter().map(|path| json!({"fieldPath": path.strip_prefix('.').unwrap_or(path)})).collect();
            map.insert("x-kubernetes-selectable-fields".into(), paths);
        }
    }
    schema
}

/// What is told of the fields that all objects have.
struct Told {
    version: String,
    kind: String,
    metadata: String,
}

/// As the published definitions of built-in kinds tell it.
static TOLD: LazyLock<Told> = LazyLock::new(|| {
    let published = Published::read();
    let name = definition_of("", "v1", "ConfigMap");
    let of: Value =
        published.definitions().get(name.as_str()).and_then(|text| serde_json::from_str(text.get()).ok()).unwrap_or_default();
    let text = |field: &str| of["properties"][field]["description"].as_str().unwrap_or_default().to_owned();
    Told { version: text("apiVersion"), kind: text("kind"), metadata: text("metadata") }
});

/// Gives type and metadata to every embedded object inside, and their two types to what is an integer or a string.
fn complete(schema: &mut Value) {
    let Some(map) = schema.as_object_mut() else { return };
    let either = map.get("x-kubernetes-int-or-string") == Some(&Value::Bool(true));
    if either && !map.contains_key("anyOf") && !is_either(map.get("allOf")) {
        map.insert("anyOf".into(), json!([{"type": "integer"}, {"type": "string"}]));
    }
    for inner in map.get_mut("properties").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut) {
        inside(inner);
    }
    for place in ["items", "additionalProperties"] {
        if let Some(inner) = map.get_mut(place) {
            inside(inner);
        }
    }
}

/// Whether one of `all` says already which two types there are.
fn is_either(all: Option<&Value>) -> bool {
    all.and_then(Value::as_array).into_iter().flatten().any(|one| one.get("anyOf").is_some())
}

fn inside(schema: &mut Value) {
    complete(schema);
    if let Some(map) = schema.as_object_mut().filter(|map| map.get("x-kubernetes-embedded-resource") == Some(&Value::Bool(true)))
    {
        embed(map);
        require(map);
    }
}

/// Only of an embedded object its kind must be said; that of others is known.
fn require(schema: &mut Map<String, Value>) {
    let required = schema.entry("required").or_insert_with(|| Value::Array(Vec::new()));
    let Some(required) = required.as_array_mut() else { return };
    for name in ["kind", "apiVersion"] {
        if !required.iter().any(|known| known == name) {
            required.push(name.into());
        }
    }
}

fn embed(schema: &mut Map<String, Value>) {
    schema.insert("type".into(), "object".into());
    let properties = schema.entry("properties").or_insert_with(|| Value::Object(Map::new()));
    let Some(properties) = properties.as_object_mut() else { return };
    let meta = definition_of("meta.k8s.io", "v1", "ObjectMeta");
    for (name, property) in [
        ("apiVersion", json!({"type": "string", "description": TOLD.version})),
        ("kind", json!({"type": "string", "description": TOLD.kind})),
        ("metadata", json!({"description": TOLD.metadata, "$ref": meta})),
    ] {
        properties.insert(name.into(), property);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn embedded_objects_have_metadata_and_must_say_their_kind() {
        let embedded =
            json!({"x-kubernetes-embedded-resource": true, "required": ["kind"], "properties": {"spec": {"type": "object"}}});
        let mut schema =
            json!({"type": "object", "properties": {"template": embedded, "list": {"type": "array", "items": embedded}}});
        complete(&mut schema);
        for pointer in ["/properties/template", "/properties/list/items"] {
            let schema = schema.pointer(pointer).unwrap();
            assert_eq!((&schema["type"], &schema["required"]), (&"object".into(), &json!(["kind", "apiVersion"])), "{pointer}");
            assert!(schema["properties"]["metadata"]["$ref"].is_string(), "{pointer}");
        }
        assert_eq!(schema.get("required"), None);
    }
}
