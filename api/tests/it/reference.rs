//! The kind table and its schemas beside upstream's published OpenAPI document, where that is at hand.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use kontiki_api::kind::{Kind, Kinds};
use kontiki_api::schema::Published;
use serde_json::Value;

/// Differences that are known; may only shrink.
const KNOWN_SCHEMA_DIFFERENCES: usize = 0;

pub(crate) fn reference() -> Option<Value> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/reference/openapi-v2-kubernetes-1.36.json");
    let fallback = std::env::var_os("KONTIKI_REFERENCE_OPENAPI").map(PathBuf::from);
    let text = std::fs::read(fallback.unwrap_or(path)).ok()?;
    serde_json::from_slice(&text).ok()
}

/// What a schema says, in one line, so that two notations of it compare.
fn summary(schema: &Value) -> String {
    let name = |field: &str| schema.get(field).and_then(Value::as_str).map(|text| text.rsplit('/').next().unwrap_or_default());
    let mut words = Vec::new();
    for field in ["$ref", "type", "format"] {
        words.extend(name(field).map(|value| format!("{field}={value}")));
    }
    for (field, value) in schema.as_object().into_iter().flatten() {
        let compared =
            ["x-kubernetes-list", "x-kubernetes-patch", "x-kubernetes-map"].iter().any(|prefix| field.starts_with(prefix));
        if compared {
            words.push(format!("{field}={value}"));
        }
    }
    for field in ["items", "additionalProperties"] {
        words.extend(schema.get(field).map(|inner| format!("{field}=({})", summary(inner))));
    }
    let required: BTreeSet<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if !required.is_empty() {
        words.push(format!("required={required:?}"));
    }
    words.sort();
    words.join(" ")
}

pub(crate) fn differences(name: &str, ours: &Value, theirs: &Value) -> Vec<String> {
    let properties = |schema: &Value| schema["properties"].as_object().cloned().unwrap_or_default();
    let (ours_in, theirs_in) = (properties(ours), properties(theirs));
    let mut found = Vec::new();
    let mut compare = |place: String, ours: Option<&Value>, theirs: Option<&Value>| {
        let (ours, theirs) = (ours.map(summary), theirs.map(summary));
        if ours != theirs {
            found.push(format!("{place}: ours {ours:?}, theirs {theirs:?}"));
        }
    };
    compare(name.into(), Some(ours), Some(theirs));
    for field in ours_in.keys().chain(theirs_in.keys()).collect::<BTreeSet<_>>() {
        compare(format!("{name}.{field}"), ours_in.get(field), theirs_in.get(field));
    }
    found
}

#[test]
fn definitions_say_what_upstream_says() {
    let Some(reference) = reference() else { return };
    let published = Published::read();
    let found: Vec<String> = published
        .definitions()
        .iter()
        .flat_map(|(name, ours)| match reference["definitions"].get(*name) {
            Some(theirs) => differences(name, &serde_json::from_str(ours.get()).unwrap(), theirs),
            None => vec![format!("{name}: not in the reference")],
        })
        .collect();
    for difference in &found {
        println!("{difference}");
    }
    assert!(found.len() == KNOWN_SCHEMA_DIFFERENCES, "{} differences", found.len());
}

fn collection_path(row: &Kind, named: bool) -> String {
    let root = if row.group.is_empty() { format!("/api/{}", row.version) } else { format!("/apis/{}", row.api_version()) };
    let namespace = if row.namespaced { "/namespaces/{namespace}" } else { "" };
    let name = if named { "/{name}" } else { "" };
    format!("{root}{namespace}/{}{name}", row.plural)
}

#[test]
fn rows_are_served_where_upstream_serves_them() {
    let Some(reference) = reference() else { return };
    let paths = reference["paths"].as_object().unwrap();
    let kinds = Kinds::builtin();
    for row in kinds.iter() {
        let collection = &paths[&collection_path(row, false)];
        let actions: BTreeMap<&str, &str> =
            [("create", "post"), ("list", "get"), ("deletecollection", "delete")].into_iter().collect();
        for (verb, method) in actions {
            let ours = row.verbs.iter().any(|have| have.as_str() == verb);
            assert_eq!(ours, collection.get(method).is_some(), "{verb} of {}", row.definition);
        }
        for sub in &row.subresources {
            let path = format!("{}/{}", collection_path(row, true), sub.name);
            assert!(paths.contains_key(&path), "{path}");
        }
        let own = format!("{}/", collection_path(row, true));
        let theirs = paths.keys().filter(|path| path.strip_prefix(&own).is_some_and(|rest| !rest.contains('/')));
        assert_eq!(theirs.count(), row.subresources.len(), "subresources of {}", row.definition);
    }
}
