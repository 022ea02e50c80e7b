//! OpenAPI v2 documents of other servers, as parts of ours.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kontiki_api::kind::Kinds;
use kontiki_store::Store;
use serde_json::{Map, Value};

use super::{Aggregator, ApiService};

const PLACE: &str = "#/definitions/";
/// The extension that names the kinds that a definition is the body of.
const KINDS: &str = "x-kubernetes-group-version-kind";

/// What another server's document says of one group and version: its paths, and the definitions they need.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Part {
    paths: Map<String, Value>,
    definitions: Map<String, Value>,
}

impl Part {
    /// The part of `document` about `service`.
    pub fn of(document: &Value, service: &ApiService) -> Self {
        let own = format!("/apis/{}", service.group_version());
        let below = format!("{own}/");
        let all = document.get("paths").and_then(Value::as_object).into_iter().flatten();
        let paths: Map<String, Value> = all
            .filter(|(path, _)| **path == own || path.starts_with(&below))
            .map(|(path, item)| (path.clone(), item.clone()))
            .collect();
        let mut definitions = Map::new();
        let mut wanted = BTreeSet::new();
        paths.values().for_each(|item| references(item, &mut wanted));
        while let Some(name) = wanted.pop_first() {
            let found = document.get("definitions").and_then(|all| all.get(&name));
            if let Some(found) = found.filter(|_| !definitions.contains_key(&name)) {
                references(found, &mut wanted);
                definitions.insert(name, found.clone());
            }
        }
        Self { paths, definitions }
    }
}

/// The parts of every server that has told of itself.
pub(crate) fn parts(store: &dyn Store, kinds: &Kinds, aggregator: &Aggregator) -> Vec<Arc<Part>> {
    let services = ApiService::all(store);
    let known = services
        .iter()
        .filter(|service| service.counts(kinds))
        .filter_map(|service| aggregator.discovered(&service.object.key.name));
    known.map(|known| Arc::clone(&known.openapi_v2)).filter(|part| !part.paths.is_empty()).collect()
}

/// Adds `parts` to `document`. As upstream, a definition whose name is taken by another gets a number behind its own.
pub(crate) fn merge_openapi_v2(document: &mut Value, parts: &[Arc<Part>]) {
    for part in parts {
        let mut names = BTreeMap::new();
        if let Some(definitions) = document.get("definitions").and_then(Value::as_object) {
            names.extend(part.definitions.iter().map(|(name, value)| (name.as_str(), free(name, value, definitions))));
        }
        let mut add = |place: &str, name: String, mut value: Value| {
            rename(&mut value, &names);
            let Some(all) = document.get_mut(place).and_then(Value::as_object_mut) else { return };
            match all.get_mut(&name) {
                Some(known) => join_kinds(known, &value),
                None => drop(all.insert(name, value)),
            }
        };
        for (name, value) in &part.definitions {
            add("definitions", names.get(name.as_str()).unwrap_or(name).clone(), value.clone());
        }
        for (path, item) in &part.paths {
            add("paths", path.clone(), item.clone());
        }
    }
}

/// The first name like `name` that is free, or taken by the same value.
fn free(name: &str, value: &Value, taken: &Map<String, Value>) -> String {
    let fits = |name: &str| taken.get(name).is_none_or(|other| is_same(other, value));
    let numbered = (2..u32::MAX).map(|number| format!("{name}_v{number}"));
    std::iter::once(name.to_owned()).chain(numbered).find(|name| fits(name)).unwrap_or_else(|| name.to_owned())
}

/// Whether two definitions say the same, whatever kinds they are the bodies of.
fn is_same(one: &Value, other: &Value) -> bool {
    let (Some(one), Some(other)) = (one.as_object(), other.as_object()) else { return one == other };
    let members = |of: &Map<String, Value>| of.len() - usize::from(of.contains_key(KINDS));
    let mut said = one.iter().filter(|(name, _)| *name != KINDS);
    members(one) == members(other) && said.all(|(name, value)| other.get(name) == Some(value))
}

/// Adds the kinds that `other` is the body of to those of `definition`.
fn join_kinds(definition: &mut Value, other: &Value) {
    let Some(more) = other.get(KINDS).and_then(Value::as_array) else { return };
    let Some(definition) = definition.as_object_mut() else { return };
    let kinds = definition.entry(KINDS).or_insert_with(|| Value::Array(Vec::new()));
    if let Some(kinds) = kinds.as_array_mut() {
        let new: Vec<Value> = more.iter().filter(|kind| !kinds.contains(kind)).cloned().collect();
        kinds.extend(new);
    }
}

/// Adds the definitions that `value` refers to.
fn references(value: &Value, out: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            let name = fields.get("$ref").and_then(Value::as_str).and_then(|place| place.strip_prefix(PLACE));
            out.extend(name.map(str::to_owned));
            fields.values().for_each(|inner| references(inner, out));
        }
        Value::Array(items) => items.iter().for_each(|inner| references(inner, out)),
        _ => {}
    }
}

/// Lets `value` refer to definitions under their new names.
fn rename(value: &mut Value, names: &BTreeMap<&str, String>) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(place)) = fields.get_mut("$ref")
                && let Some(new) = place.strip_prefix(PLACE).and_then(|name| names.get(name))
            {
                *place = format!("{PLACE}{new}");
            }
            fields.values_mut().for_each(|inner| rename(inner, names));
        }
        Value::Array(items) => items.iter_mut().for_each(|inner| rename(inner, names)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_part_brings_its_definitions_along_and_leaves_ours_alone() {
        let at = |name: &str| json!({"$ref": format!("{PLACE}{name}")});
        let part = Part {
            paths: json!({"/apis/w/v1": {"get": at("Meta")}, "/apis/ours": {}}).as_object().unwrap().clone(),
            definitions: json!({"Meta": {"properties": {"same": at("Same")}}, "Same": {"type": "string"}})
                .as_object()
                .unwrap()
                .clone(),
        };
        let mut document = json!({"paths": {"/apis/ours": {"get": 1}},
            "definitions": {"Meta": {"type": "object"}, "Same": {"type": "string"}}});
        merge_openapi_v2(&mut document, &[Arc::new(part)]);
        assert_eq!(
            document,
            json!({"paths": {"/apis/ours": {"get": 1}, "/apis/w/v1": {"get": at("Meta_v2")}},
                "definitions": {"Meta": {"type": "object"}, "Same": {"type": "string"}, "Meta_v2": {"properties": {"same": at("Same")}}}})
        );
    }
    #[test]
    fn a_definition_that_differs_only_in_its_kinds_is_shared_and_has_all_of_them() {
        let kind = |group: &str| json!({"group": group, "version": "v1", "kind": "DeleteOptions"});
        let options =
            |groups: &[&str]| json!({"type": "object", KINDS: groups.iter().map(|group| kind(group)).collect::<Vec<_>>()});
        let part = Part {
            paths: json!({"/apis/w/v1": {"delete": {"$ref": format!("{PLACE}Options")}}}).as_object().unwrap().clone(),
            definitions: json!({"Options": options(&["apps", "w"]), "Other": {"type": "object", "x": 1}})
                .as_object()
                .unwrap()
                .clone(),
        };
        let mut document =
            json!({"paths": {}, "definitions": {"Options": options(&["", "apps"]), "Other": {"type": "object", "y": 1}}});
        merge_openapi_v2(&mut document, &[Arc::new(part)]);
        let definitions = &document["definitions"];
        assert_eq!(definitions["Options"], options(&["", "apps", "w"]));
        assert_eq!((definitions.get("Options_v2"), &definitions["Other_v2"]["x"]), (None, &json!(1)));
        assert_eq!(document["paths"]["/apis/w/v1"]["delete"]["$ref"], format!("{PLACE}Options"));
    }
}
