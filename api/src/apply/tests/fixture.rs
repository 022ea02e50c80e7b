//! Short ways to write and apply.

use serde_json::{Value, json};

use crate::apply::{ApplyError, OneVersion, Path, Reset, Set, Tracker, Versions};
use crate::schema::{self, Schema};
use crate::status::Status;
use crate::time::Time;

/// The schema of Deployments.
pub fn deployments() -> OneVersion<'static> {
    OneVersion { api_version: "apps/v1", schema: schema::definition("io.k8s.api.apps.v1.Deployment").unwrap() }
}

/// A schema with everything that merges in a way of its own.
pub fn small() -> &'static Schema {
    static SMALL: std::sync::OnceLock<Schema> = std::sync::OnceLock::new();
    SMALL.get_or_init(|| {
        let text = json!({"type": "string"});
        let map = json!({"type": "object", "additionalProperties": text});
        schema::read(&json!({"type": "object", "properties": {
            "apiVersion": text, "kind": text,
            "metadata": {"type": "object", "properties": {"name": text, "labels": map, "managedFields": {"type": "array"}}},
            "a": text, "b": text, "map": map,
            "whole": {"type": "object", "additionalProperties": text, "x-kubernetes-map-type": "atomic"},
            "inner": {"type": "object", "properties": {"a": text, "map": map}},
            "set": {"type": "array", "items": text, "x-kubernetes-list-type": "set"},
            "list": {"type": "array", "items": text},
            "items": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
                "items": {"type": "object", "properties": {"name": text, "a": text, "b": text}}},
        }}))
    })
}

pub fn small_versions() -> OneVersion<'static> {
    OneVersion { api_version: "v1", schema: small() }
}

/// A write by `manager`, `at` seconds after some moment.
pub fn by<'a>(versions: &'a dyn Versions, manager: &'a str, at: i64) -> Tracker<'a> {
    let api_version = if versions.schema("v1").is_some() { "v1" } else { "apps/v1" };
    let reset = Reset::These(Set::of(&[Path::of_fields(&["status"])]));
    Tracker { versions, api_version, subresource: "", manager, now: Time::from_micros((1_767_323_045 + at) * 1_000_000), reset }
}

/// Applies without force.
pub fn apply(live: &Value, manager: &str, config: &Value) -> Result<Value, ApplyError> {
    by(&small_versions(), manager, 0).applied(Some(live), config, false)
}

/// An object of the small schema.
pub fn object(fields: &Value) -> Value {
    let mut object = json!({"apiVersion": "v1", "kind": "Small", "metadata": {"name": "x"}});
    object.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    object
}

/// What each manager owns: `manager operation` and the paths.
pub fn owners(object: &Value) -> Vec<(String, Vec<String>)> {
    let entries = object["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
    let text = |entry: &Value, name: &str| entry[name].as_str().unwrap().to_owned();
    entries
        .iter()
        .map(|entry| {
            let set = crate::apply::fields_v1::read(&entry["fieldsV1"]).unwrap();
            let paths = set.paths().iter().map(ToString::to_string).collect();
            (text(entry, "manager") + " " + &text(entry, "operation"), paths)
        })
        .collect()
}

/// What `manager` owns by applying.
pub fn applied_by(object: &Value, manager: &str) -> Vec<String> {
    let owner = format!("{manager} Apply");
    owners(object).into_iter().find(|(known, _)| *known == owner).map(|(_, paths)| paths).unwrap_or_default()
}

/// The object without its entries.
pub fn bare(object: &Value) -> Value {
    let mut object = object.clone();
    object["metadata"].as_object_mut().unwrap().shift_remove("managedFields");
    object
}

/// A refusal as the client sees it.
pub fn refused(result: Result<Value, ApplyError>) -> Status {
    result.unwrap_err().into()
}
