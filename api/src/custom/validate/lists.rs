//! How the items of a list are told apart.

use serde_json::Value;

use super::paths::{flag, list, text};
use crate::kind::validate::{Distinct, Faults, Path};

/// Checks the type of a list and its keys.
pub(super) fn check(schema: &Value, path: &Path<'_>, faults: &mut Faults) {
    if let Some(kind) = schema.get("x-kubernetes-list-type").and_then(Value::as_str) {
        if text(schema, "type") != "array" {
            faults.invalid_text(
                &path.child("type"),
                text(schema, "type"),
                "must be array if x-kubernetes-list-type is specified",
            );
        }
        if matches!(kind, "set" | "map") && flag(&schema["items"], "nullable") {
            let why = format!("cannot be nullable when x-kubernetes-list-type is {kind}");
            faults.forbidden(&path.child("items").child("nullable"), why);
        }
        match kind {
            "atomic" => {}
            "set" => set_items(&schema["items"], &path.child("items"), faults),
            "map" => keys(schema, path, faults),
            other => faults.unsupported(&path.child("x-kubernetes-list-type"), other, &["atomic", "set", "map"]),
        }
    }
    let keys = list(schema, "x-kubernetes-list-map-keys");
    if !keys.is_empty() && text(schema, "x-kubernetes-list-type") != "map" {
        let why = "must be map if x-kubernetes-list-map-keys is non-empty";
        faults.invalid_text(&path.child("x-kubernetes-list-type"), text(schema, "x-kubernetes-list-type"), why);
    }
}

fn set_items(items: &Value, path: &Path<'_>, faults: &mut Faults) {
    let atomic = match text(items, "type") {
        "object" => text(items, "x-kubernetes-map-type") == "atomic",
        "array" => matches!(text(items, "x-kubernetes-list-type"), "" | "atomic"),
        _ => true,
    };
    if !atomic {
        let field = if text(items, "type") == "object" { "x-kubernetes-map-type" } else { "x-kubernetes-list-type" };
        faults.invalid_text(
            &path.child(field),
            text(items, field),
            "must be atomic as item of a list with x-kubernetes-list-type=set",
        );
    }
}

fn keys(schema: &Value, path: &Path<'_>, faults: &mut Faults) {
    let (keys, items) = (list(schema, "x-kubernetes-list-map-keys"), &schema["items"]);
    let path = (path.child("x-kubernetes-list-map-keys"), path.child("items"));
    if keys.is_empty() {
        faults.required(&path.0, "must not be empty if x-kubernetes-list-type is map");
    }
    if text(items, "type") != "object" {
        let why = "must be object if parent array's x-kubernetes-list-type is map";
        faults.invalid_text(&path.1.child("type"), text(items, "type"), why);
    }
    let (required, properties) = (list(items, "required"), path.1.child("properties"));
    let required: Distinct<&Value> = required.iter().collect();
    let (mut known, mut repeated) = (Distinct::default(), Distinct::default());
    for key in keys.iter().filter(|key| known.repeats(*key)) {
        repeated.repeats(key);
    }
    for (at, key) in keys.iter().enumerate() {
        let name = key.as_str().unwrap_or_default();
        let Some(property) = items["properties"].get(name) else {
            faults.invalid_text(&path.0.index(at), name, "entries must all be names of item properties");
            continue;
        };
        let at = properties.key(name);
        if matches!(text(property, "type"), "array" | "object") {
            faults.invalid_text(
                &at.child("type"),
                text(property, "type"),
                "must be a scalar type if parent array's x-kubernetes-list-type is map",
            );
        }
        if flag(property, "nullable") {
            let why = "this property is in x-kubernetes-list-map-keys, so it cannot be nullable";
            faults.forbidden(&at.child("nullable"), why);
        }
        if !required.has(&key) && property.get("default").is_none() {
            let why = "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property";
            faults.required(&at.child("default"), why);
        }
        if repeated.has(&key) {
            faults.duplicate(&path.0, key);
        }
    }
}
