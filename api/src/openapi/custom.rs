//! The schema of a custom kind as documents publish it.

use serde_json::{Map, Value, json};

use crate::custom::Custom;
use crate::kind::definition_of;

/// The definition of the row of `custom`: the schema of its CustomResourceDefinition, with what all objects have;
/// references by bare name.
pub(super) fn schema(custom: &Custom) -> Value {
    let mut schema = custom.version().document(&custom.crd().object);
    complete(&mut schema);
    if let Some(map) = schema.as_object_mut() {
        embed(map);
    }
    schema
}

/// Gives type and metadata to every embedded object inside.
fn complete(schema: &mut Value) {
    let Some(map) = schema.as_object_mut() else { return };
    for inner in map.get_mut("properties").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut) {
        inside(inner);
    }
    for place in ["items", "additionalProperties"] {
        if let Some(inner) = map.get_mut(place) {
            inside(inner);
        }
    }
}

fn inside(schema: &mut Value) {
    complete(schema);
    if let Some(map) = schema.as_object_mut().filter(|map| map.get("x-kubernetes-embedded-resource") == Some(&Value::Bool(true)))
    {
        embed(map);
    }
}

fn embed(schema: &mut Map<String, Value>) {
    schema.insert("type".into(), "object".into());
    let properties = schema.entry("properties").or_insert_with(|| Value::Object(Map::new()));
    let Some(properties) = properties.as_object_mut() else { return };
    let meta = definition_of("meta.k8s.io", "v1", "ObjectMeta");
    for (name, property) in [
        ("apiVersion", json!({"type": "string", "description": "Group and version of the schema of this object."})),
        ("kind", json!({"type": "string", "description": "The kind of this object."})),
        ("metadata", json!({"description": "Standard object's metadata.", "$ref": meta})),
    ] {
        properties.insert(name.into(), property);
    }
}
