//! How the members of a map and the items of a list are told apart.

use serde_json::Value;

use super::go;
use super::paths::{flag, list, set, text};
use crate::kind::validate::{Distinct, Faults, Path};

/// Checks the types of a map and of a list, and the keys of the latter.
pub(super) fn check(schema: &Value, path: &Path<'_>, faults: &mut Faults) {
    let word = |name: &str| set(schema, name).and_then(Value::as_str);
    if let Some(kind) = word("x-kubernetes-map-type") {
        of_type(schema, "object", "must be object if x-kubernetes-map-type is specified", path, faults);
        if !matches!(kind, "atomic" | "granular") {
            faults.unsupported(&path.child("x-kubernetes-map-type"), kind, &["atomic", "granular"]);
        }
    }
    let (kind, at) = (word("x-kubernetes-list-type"), path.child("x-kubernetes-list-type"));
    let items = set(schema, "items").filter(|items| items.is_object());
    if kind.is_some() && !of_type(schema, "array", "must be array if x-kubernetes-list-type is specified", path, faults) {
    } else if let (Some("set"), Some(items)) = (kind, items) {
        set_items(items, &path.child("items"), faults);
    }
    if let Some(kind) = kind.filter(|kind| !matches!(*kind, "atomic" | "set" | "map")) {
        faults.unsupported(&at, kind, &["atomic", "set", "map"]);
    }
    if !list(schema, "x-kubernetes-list-map-keys").is_empty() {
        let why = "must be map if x-kubernetes-list-map-keys is non-empty";
        match kind {
            None => faults.required(&at, why),
            Some("map") => {}
            Some(other) => faults.invalid_text(&at, other, why),
        }
    }
    if kind == Some("map") {
        keys(schema, path, faults);
    }
    if let (Some(kind @ ("set" | "map")), Some(items)) = (kind, items) {
        never_null(schema, items, kind, &path.child("items"), faults);
    }
}

/// Whether `schema` is of the type `wanted`, as it must be.
fn of_type(schema: &Value, wanted: &str, why: &str, path: &Path<'_>, faults: &mut Faults) -> bool {
    match text(schema, "type") {
        found if found == wanted => return true,
        "" => faults.required(&path.child("type"), why),
        other => faults.invalid_text(&path.child("type"), other, why),
    }
    false
}

fn set_items(items: &Value, path: &Path<'_>, faults: &mut Faults) {
    let kind = set(items, "x-kubernetes-list-type");
    let field = match text(items, "type") {
        "array" if kind.is_some_and(|kind| kind != "atomic") => "x-kubernetes-list-type",
        "object" if text(items, "x-kubernetes-map-type") != "atomic" => "x-kubernetes-map-type",
        _ => return,
    };
    // Of maps as well upstream shows the type of list.
    let shown = kind.unwrap_or(&Value::Null);
    faults.invalid(&path.child(field), shown, "must be atomic as item of a list with x-kubernetes-list-type=set");
}

fn keys(schema: &Value, path: &Path<'_>, faults: &mut Faults) {
    let keys = list(schema, "x-kubernetes-list-map-keys");
    let (at, inner) = (path.child("x-kubernetes-list-map-keys"), path.child("items"));
    if keys.is_empty() {
        faults.required(&at, "must not be empty if x-kubernetes-list-type is map");
    }
    let items = match set(schema, "items") {
        None => return faults.required(&inner, "must have a schema if x-kubernetes-list-type is map"),
        Some(items @ Value::Array(_)) => {
            let mut shown = String::new();
            go::either(items, &mut shown);
            return faults.invalid_shown(&inner, shown, "must only have a single schema if x-kubernetes-list-type is map");
        }
        Some(items) => items,
    };
    if text(items, "type") != "object" {
        let why = "must be object if parent array's x-kubernetes-list-type is map";
        return faults.invalid_text(&inner.child("type"), text(items, "type"), why);
    }
    let properties = inner.child("properties");
    let mut known = Distinct::default();
    for key in keys {
        let name = key.as_str().unwrap_or_default();
        match items["properties"].get(name) {
            Some(property) if matches!(text(property, "type"), "array" | "object") => {
                let why = "must be a scalar type if parent array's x-kubernetes-list-type is map";
                faults.invalid_text(&properties.key(name).child("type"), "object", why);
            }
            Some(_) => {}
            None => faults.invalid(&at, &Value::Array(keys.to_vec()), "entries must all be names of item properties"),
        }
        if known.repeats(name) {
            faults.invalid(&at, &Value::Array(keys.to_vec()), "must not contain duplicate entries");
        }
    }
}

/// What tells items apart is always there, and so are the items.
fn never_null(schema: &Value, items: &Value, kind: &str, path: &Path<'_>, faults: &mut Faults) {
    if flag(items, "nullable") {
        faults.forbidden(&path.child("nullable"), format!("cannot be nullable when x-kubernetes-list-type is {kind}"));
    }
    if kind != "map" {
        return;
    }
    let required: Distinct<&Value> = list(items, "required").iter().collect();
    let properties = path.child("properties");
    for key in list(schema, "x-kubernetes-list-map-keys") {
        let name = key.as_str().unwrap_or_default();
        let Some(property) = items["properties"].get(name) else { continue };
        let at = properties.key(name);
        if !required.has(&key) && set(property, "default").is_none() {
            let why = "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property";
            faults.required(&at.child("default"), why);
        }
        if flag(property, "nullable") {
            let why = "this property is in x-kubernetes-list-map-keys, so it cannot be nullable";
            faults.forbidden(&at.child("nullable"), why);
        }
    }
}
