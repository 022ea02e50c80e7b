//! The definitions of a document, with references by bare name.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::custom;
use crate::kind::{Kind, Kinds, definition_of};
use crate::request::Verb;
use crate::schema::Published;

/// Bodies that belong to no group of their own.
const ANSWERS: [&str; 5] = ["APIGroup", "APIGroupList", "APIResourceList", "APIVersions", "Status"];

/// The definitions called `wanted` and all they refer to; `convert` brings each to the form of a document, by its name and
/// whether it is one of a custom kind.
pub(super) fn collect(wanted: BTreeSet<String>, kinds: &Kinds, convert: impl Fn(&str, bool, &mut Value)) -> Map<String, Value> {
    let published = Published::read();
    let mut definitions = published.definitions();
    let mut collected = Map::new();
    let mut open: Vec<String> = wanted.into_iter().collect();
    while let Some(name) = open.pop() {
        if collected.contains_key(&name) {
            continue;
        }
        let own = definitions.remove(name.as_str()).and_then(|text| serde_json::from_str(text.get()).ok());
        let custom = || custom_schema(&name, kinds);
        let (custom, made) = match own {
            Some(own) => (false, Some(own)),
            None => custom().map_or_else(|| (false, made_here(&name, kinds)), |schema| (true, Some(schema))),
        };
        let Some(mut schema) = made else { continue };
        references(&schema, &mut open);
        convert(&name, custom, &mut schema);
        let kinds = kinds_of(&name, kinds);
        if let Some(map) = schema.as_object_mut().filter(|_| !kinds.is_empty()) {
            map.insert("x-kubernetes-group-version-kind".into(), kinds.into());
        }
        collected.insert(name, schema);
    }
    collected.sort_keys();
    collected
}

/// The definitions of custom `rows` and of their lists, without what they refer to.
pub(super) fn of_custom(rows: &[Arc<Kind>], convert: impl Fn(&str, bool, &mut Value)) -> Map<String, Value> {
    let mut definitions = Map::new();
    for (row, custom) in rows.iter().filter_map(|row| Some((row, row.custom.as_ref()?))) {
        let own = (row.definition.to_string(), row.kind.to_string(), true, custom::schema(custom));
        let list = (list_definition(row), row.list_kind().to_string(), false, list(row));
        for (name, kind, custom, mut schema) in [own, list] {
            convert(&name, custom, &mut schema);
            if let Some(map) = schema.as_object_mut() {
                let kinds = vec![group_version_kind(&row.group, &row.version, &kind)];
                map.insert("x-kubernetes-group-version-kind".into(), kinds.into());
            }
            definitions.insert(name, schema);
        }
    }
    definitions
}

/// The name of the definition of the list of `row`.
pub(super) fn list_definition(row: &Kind) -> String {
    format!("{}List", row.definition)
}

/// The name of the definition of an event of a watch.
pub(super) fn watch_event() -> String {
    definition_of("meta.k8s.io", "v1", "WatchEvent")
}

/// The name of the definition of what `/version` answers.
pub(super) const INFO: &str = "io.k8s.apimachinery.pkg.version.Info";

/// The extension that names a kind.
pub(super) fn group_version_kind(group: &str, version: &str, kind: &str) -> Value {
    json!({"group": group, "kind": kind, "version": version})
}

/// Notes where the references in `schema` lead.
fn references(schema: &Value, found: &mut Vec<String>) {
    match schema {
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Object(map) => {
            found.extend(map.get("$ref").and_then(Value::as_str).map(str::to_owned));
            map.values().for_each(|value| references(value, found));
        }
        _ => {}
    }
}

/// The schema of a custom kind.
fn custom_schema(name: &str, kinds: &Kinds) -> Option<Value> {
    let custom = kinds.iter().filter(|row| *row.definition == *name).find_map(|row| row.custom.as_ref());
    custom.map(custom::schema)
}

/// Definitions of built-in kinds, and of lists, that k8s-openapi does not have.
fn made_here(name: &str, kinds: &Kinds) -> Option<Value> {
    if name == INFO {
        return Some(version_info());
    }
    if name == watch_event() {
        return Some(json!({
            "type": "object",
            "description": "One change of a watched object.",
            "required": ["type", "object"],
            "properties": {
                "object": {"$ref": "io.k8s.apimachinery.pkg.runtime.RawExtension", "description": "The object as the change left it; a Status where the watch fails."},
                "type": {"type": "string"},
            },
        }));
    }
    let item = name.strip_suffix("List")?;
    kinds.iter().find(|row| *row.definition == *item && row.verbs.contains(&Verb::List)).map(|row| list(row))
}

fn list(row: &Kind) -> Value {
    let text = |what: &str| json!({"type": "string", "description": what});
    json!({
        "type": "object",
        "description": format!("{}List is a list of objects of kind {}.", row.kind, row.kind),
        "required": ["items"],
        "properties": {
            "apiVersion": text("Version of the schema of this object."),
            "items": {"type": "array", "description": "The objects.", "items": {"$ref": &*row.definition}},
            "kind": text("Name of the schema of this object."),
            "metadata": {"description": "Metadata of the list.", "$ref": definition_of("meta.k8s.io", "v1", "ListMeta")},
        },
    })
}

fn version_info() -> Value {
    let required =
        ["major", "minor", "gitVersion", "gitCommit", "gitTreeState", "buildDate", "goVersion", "compiler", "platform"];
    let optional = ["emulationMajor", "emulationMinor", "minCompatibilityMajor", "minCompatibilityMinor"];
    let all = required.iter().chain(&optional).map(|name| ((*name).to_owned(), json!({"type": "string"})));
    json!({
        "type": "object",
        "description": "What the server is built from.",
        "required": required,
        "properties": all.collect::<Map<_, _>>(),
    })
}

/// The kinds that the definition called `name` is the body of.
fn kinds_of(name: &str, kinds: &Kinds) -> Vec<Value> {
    let meta = |kind: &&&str| name == definition_of("meta.k8s.io", "v1", kind);
    if let Some(kind) = ANSWERS.iter().find(meta) {
        return vec![group_version_kind("", "v1", kind)];
    }
    if let Some(kind) = ["DeleteOptions", "WatchEvent"].iter().find(meta) {
        // With custom ones each document would change whenever any of them comes or goes.
        let built_in = kinds.iter().filter(|row| row.custom.is_none());
        let mut places: Vec<(&str, &str)> = built_in.map(|row| (&*row.group, &*row.version)).collect();
        places.dedup();
        return places.into_iter().map(|(group, version)| group_version_kind(group, version, kind)).collect();
    }
    let is = |row: &&Arc<Kind>| *row.definition == *name;
    if let Some(row) = kinds.iter().find(is) {
        return vec![group_version_kind(&row.group, &row.version, &row.kind)];
    }
    let is_list = |row: &&Arc<Kind>| name.strip_suffix("List").is_some_and(|item| *row.definition == *item);
    if let Some(row) = kinds.iter().find(is_list) {
        return vec![group_version_kind(&row.group, &row.version, &row.list_kind())];
    }
    let subs = || kinds.iter().flat_map(|row| &row.subresources);
    let sub = subs().find(|sub| definition_of(&sub.group, &sub.version, &sub.kind) == name);
    sub.map(|sub| group_version_kind(&sub.group, &sub.version, &sub.kind)).into_iter().collect()
}
