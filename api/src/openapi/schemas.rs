//! The schemas of a document.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::kind::{Kind, Kinds, definition_of};
use crate::schema::Published;

/// Where a document keeps its schemas.
pub(super) const PLACE: &str = "#/components/schemas/";

/// The definitions called `wanted` and all they refer to, in OpenAPI v3's form.
pub(super) fn collect(wanted: BTreeSet<String>, kinds: &Kinds) -> Map<String, Value> {
    let published = Published::read();
    let mut definitions = published.definitions();
    let mut collected = Map::new();
    let mut open: Vec<String> = wanted.into_iter().collect();
    while let Some(name) = open.pop() {
        let Some(text) = definitions.remove(name.as_str()) else { continue };
        let mut schema: Value = serde_json::from_str(text.get()).unwrap_or_default();
        convert(&mut schema, &mut open);
        if let Some(map) = schema.as_object_mut() {
            special(&name, map);
            let kinds = kinds_of(&name, kinds);
            if !kinds.is_empty() {
                map.insert("x-kubernetes-group-version-kind".into(), kinds.into());
            }
        }
        collected.insert(name, schema);
    }
    collected.sort_keys();
    collected
}

/// The schema of the list of `row`, by name; nothing for kinds that are not listed.
pub(super) fn list(row: &Kind) -> Option<(String, Value)> {
    let listed = row.verbs.contains(&crate::request::Verb::List);
    let kind = format!("{}List", row.kind);
    let text = |what: &str| json!({"type": "string", "description": what});
    listed.then(|| {
        let schema = json!({
            "type": "object",
            "description": format!("{kind} is a list of objects of kind {}.", row.kind),
            "required": ["items"],
            "properties": {
                "apiVersion": text("Version of the schema of this object."),
                "items": {"type": "array", "description": "The objects.", "items": reference(&row.definition)},
                "kind": text("Name of the schema of this object."),
                "metadata": {"description": "Metadata of the list.", "allOf": [reference(&definition_of("meta.k8s.io", "v1", "ListMeta"))]},
            },
            "x-kubernetes-group-version-kind": [group_version_kind(&row.group, &row.version, &kind)],
        });
        (list_definition(row), schema)
    })
}

/// The name of the definition of the list of `row`.
pub(super) fn list_definition(row: &Kind) -> String {
    format!("{}List", row.definition)
}

/// A reference to the definition called `name`.
pub(super) fn reference(name: &str) -> Value {
    json!({"$ref": format!("{PLACE}{name}")})
}

/// The extension that names a kind.
pub(super) fn group_version_kind(group: &str, version: &str, kind: &str) -> Value {
    json!({"group": group, "version": version, "kind": kind})
}

/// Brings references to their form in documents, and notes where they lead.
fn convert(schema: &mut Value, found: &mut Vec<String>) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(|item| convert(item, found)),
        Value::Object(map) => {
            if let Some(Value::String(name)) = map.get("$ref").cloned() {
                map.shift_remove("$ref");
                match map.is_empty() {
                    true => drop(map.insert("$ref".into(), format!("{PLACE}{name}").into())),
                    false => drop(map.insert("allOf".into(), json!([reference(&name)]))),
                }
                found.push(name);
                return;
            }
            map.values_mut().for_each(|value| convert(value, found));
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

/// The kinds that the definition called `name` is the body of.
fn kinds_of(name: &str, kinds: &Kinds) -> Vec<Value> {
    if name == definition_of("meta.k8s.io", "v1", "Status") {
        return vec![group_version_kind("", "v1", "Status")];
    }
    if name == definition_of("meta.k8s.io", "v1", "DeleteOptions") {
        let mut places: Vec<(&str, &str)> = kinds.iter().map(|row| (&*row.group, &*row.version)).collect();
        places.dedup();
        return places.into_iter().map(|(group, version)| group_version_kind(group, version, "DeleteOptions")).collect();
    }
    let row = kinds.iter().find(|row| *row.definition == *name);
    let sub =
        || kinds.iter().flat_map(|row| &row.subresources).find(|sub| definition_of(&sub.group, &sub.version, &sub.kind) == name);
    match row {
        Some(row) => vec![group_version_kind(&row.group, &row.version, &row.kind)],
        None => sub().map(|sub| group_version_kind(&sub.group, &sub.version, &sub.kind)).into_iter().collect(),
    }
}
