//! Several versions, and schemas that change.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::fixture::*;
use crate::apply::{OneVersion, Path, Reset, Set, Tracker, Versions};
use crate::schema::{self, Schema};

/// `a` of version 1 is called `b` in version 2.
struct Renamed;

impl Versions for Renamed {
    fn schema(&self, api_version: &str) -> Option<&Schema> {
        matches!(api_version, "v1" | "v2").then(small)
    }

    fn convert<'v>(&self, object: &'v Value, api_version: &str) -> Option<Cow<'v, Value>> {
        let known = object.get("apiVersion").and_then(Value::as_str)?;
        if known == api_version {
            return Some(Cow::Borrowed(object));
        }
        self.schema(api_version)?;
        let (from, to) = if api_version == "v2" { ("a", "b") } else { ("b", "a") };
        let mut object = object.clone();
        let map = object.as_object_mut()?;
        map.insert("apiVersion".into(), api_version.into());
        if let Some(value) = map.shift_remove(from) {
            map.insert(to.into(), value);
        }
        Some(Cow::Owned(object))
    }
}

fn at<'a>(api_version: &'a str, manager: &'a str) -> Tracker<'a> {
    Tracker { api_version, ..by(&Renamed, manager, 0) }
}

fn config(api_version: &str, fields: &Value) -> Value {
    let mut config = object(fields);
    config["apiVersion"] = api_version.into();
    config
}

fn in_version(object: &Value, api_version: &str) -> Value {
    Renamed.convert(object, api_version).unwrap().into_owned()
}

#[test]
fn fields_have_their_owners_in_every_version() {
    let live = at("v1", "one").applied(None, &config("v1", &json!({"a": "1", "map": {"k": "1"}})), false).unwrap();
    let refusal = refused(at("v2", "two").applied(Some(&in_version(&live, "v2")), &config("v2", &json!({"b": "2"})), false));
    assert_eq!(refusal.message, r#"Apply failed with 1 conflict: conflict with "one": .a"#);
    // The same applier in another version gives up what it applied in the first.
    let moved = at("v2", "one").applied(Some(&in_version(&live, "v2")), &config("v2", &json!({"b": "2"})), false).unwrap();
    assert_eq!(bare(&moved), config("v2", &json!({"b": "2"})));
    assert_eq!(moved["metadata"]["managedFields"].as_array().unwrap().len(), 1);
    // Fields that another owns in another version stay.
    let both = at("v2", "two").applied(Some(&in_version(&live, "v2")), &config("v2", &json!({"b": "1"})), false).unwrap();
    let left = at("v1", "one").applied(Some(&in_version(&both, "v1")), &config("v1", &json!({})), false).unwrap();
    assert_eq!(bare(&left), config("v1", &json!({"a": "1"})));
}

#[test]
fn managers_of_a_version_that_is_gone_are_forgotten() {
    let mut live = at("v1", "one").applied(None, &config("v1", &json!({"a": "1"})), false).unwrap();
    live["metadata"]["managedFields"][0]["apiVersion"] = "v0".into();
    let mut new = live.clone();
    new["b"] = "1".into();
    at("v1", "two").updated(&live, &mut new);
    assert_eq!(owners(&new), [("two Update".to_owned(), vec![".b".to_owned()])]);
}

fn with_map(atomic: bool) -> Schema {
    let kind = if atomic { "atomic" } else { "granular" };
    let text = json!({"type": "string"});
    schema::read(&json!({"type": "object", "properties": {"apiVersion": text, "kind": text,
        "metadata": {"type": "object", "properties": {"name": text}},
        "map": {"type": "object", "additionalProperties": text, "x-kubernetes-map-type": kind}}}))
}

fn under<'a>(versions: &'a OneVersion<'a>, manager: &'a str) -> Tracker<'a> {
    Tracker { reset: Reset::These(Set::of(&[Path::of_fields(&["status"])])), ..by(versions, manager, 0) }
}

#[test]
fn owners_follow_a_map_that_becomes_atomic_or_granular() {
    let (whole, parts) = (with_map(true), with_map(false));
    let (atomic, granular) = (OneVersion { api_version: "v1", schema: &whole }, OneVersion { api_version: "v1", schema: &parts });
    let config = object(&json!({"map": {"k": "1"}}));
    let live = under(&granular, "one").applied(None, &config, false).unwrap();
    let same = under(&atomic, "two").applied(Some(&live), &config, false).unwrap();
    assert_eq!(applied_by(&same, "one"), [".map"]);
    assert!(under(&atomic, "two").applied(Some(&live), &object(&json!({"map": {"k": "1", "l": "1"}})), false).is_err());
    let live = under(&atomic, "one").applied(None, &config, false).unwrap();
    let merged = under(&granular, "two").applied(Some(&live), &object(&json!({"map": {"l": "1"}})), false).unwrap();
    assert_eq!(merged["map"], json!({"k": "1", "l": "1"}));
    assert_eq!(applied_by(&merged, "one"), [".map"], "and nothing in it, as upstream has it");
}

#[test]
fn fields_outside_the_schema_merge_by_key_where_they_are_kept() {
    let open = schema::read(&json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": {
        "apiVersion": {"type": "string"}, "kind": {"type": "string"},
        "metadata": {"type": "object", "properties": {"name": {"type": "string"}}}}}));
    let versions = OneVersion { api_version: "v1", schema: &open };
    let live = under(&versions, "one").applied(None, &object(&json!({"x": {"y": {"k": 1}, "list": [1]}})), false).unwrap();
    let merged = under(&versions, "two").applied(Some(&live), &object(&json!({"x": {"y": {"l": 2}}})), false).unwrap();
    assert_eq!(merged["x"], json!({"y": {"k": 1, "l": 2}, "list": [1]}));
    let left = under(&versions, "one").applied(Some(&merged), &object(&json!({})), false).unwrap();
    assert_eq!(left["x"], json!({"y": {"l": 2}}));
}
