//! The rules by which a schema is structural.

use kontiki_cel::compile_regex;
use serde_json::Value;

use super::paths::{flag, members, set, text};
use super::{junctors, regex_fault, whole};
use crate::kind::FieldError;
use crate::kind::validate::{Faults, Path};

const OBJECT: &str = "must be object if x-kubernetes-embedded-resource is true";

/// Where in a schema a node is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Root,
    Field,
    Item,
}

/// What keeps `schema`, which can be read, from being structural; in the order of what is told.
pub(super) fn check(schema: &Value, path: &Path<'_>) -> Vec<FieldError> {
    let mut faults = Faults::default();
    node(schema, Level::Root, path, &mut faults);
    junctors::complete(schema, path, &mut faults);
    let mut faults = faults.into_errors();
    faults.sort_by_cached_key(ToString::to_string);
    faults
}

fn node(schema: &Value, level: Level, path: &Path<'_>, faults: &mut Faults) {
    let items = set(schema, "items").filter(|items| items.is_object());
    if text(schema, "type") == "array" && items.is_none() {
        faults.required(&path.child("items"), "must be specified");
    }
    if let Some(items) = items {
        node(items, Level::Item, &path.child("items"), faults);
    }
    let properties = path.child("properties");
    for (name, inner) in members(schema, "properties") {
        node(inner, Level::Field, &properties.key(name), faults);
    }
    let embedded = flag(schema, "x-kubernetes-embedded-resource");
    if let Some(additional) = set(schema, "additionalProperties") {
        let at = path.child("additionalProperties");
        if level == Level::Root {
            faults.forbidden(&at, "must not be used at the root");
        }
        if additional.is_object() {
            node(additional, Level::Field, &at, faults);
        }
        if embedded {
            faults.forbidden(&at, "must not be used if x-kubernetes-embedded-resource is set");
        }
    }
    if flag(schema, "x-kubernetes-int-or-string") {
        for other in ["x-kubernetes-preserve-unknown-fields", "x-kubernetes-embedded-resource"] {
            if flag(schema, other) {
                faults.invalid(&path.child(other), &true.into(), "must be false if x-kubernetes-int-or-string is true");
            }
        }
    }
    junctors::check(schema, path, faults);
    own_type(schema, level, &path.child("type"), faults);
    whole::check(schema, level, path, faults);
    if embedded && !flag(schema, "x-kubernetes-preserve-unknown-fields") && members(schema, "properties").next().is_none() {
        let why = "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields";
        faults.required(&properties, why);
    }
}

/// What the type of one node has to be where it stands.
fn own_type(schema: &Value, level: Level, path: &Path<'_>, faults: &mut Faults) {
    let kind = text(schema, "type");
    let open = flag(schema, "x-kubernetes-int-or-string") || flag(schema, "x-kubernetes-preserve-unknown-fields");
    if flag(schema, "x-kubernetes-embedded-resource") && kind != "object" {
        match kind {
            "" => faults.required(path, OBJECT),
            other => faults.invalid_text(path, other, OBJECT),
        }
    } else if kind.is_empty() && !open {
        let why = match level {
            Level::Root => "must not be empty at the root",
            Level::Item => "must not be empty for specified array items",
            Level::Field => "must not be empty for specified object fields",
        };
        faults.required(path, why);
    }
    if level == Level::Root && !matches!(kind, "" | "object") {
        faults.invalid_text(path, kind, "must be object at the root");
    }
}

/// Checks the pattern of a node, inside junctors as well.
pub(super) fn pattern(schema: &Value, path: &Path<'_>, faults: &mut Faults) {
    let pattern = text(schema, "pattern");
    if pattern.is_empty() {
        return;
    }
    if let Err(why) = compile_regex(pattern) {
        let why =
            format!("must be a valid regular expression, but isn't: error parsing regexp: {}", regex_fault::told(&why, pattern));
        faults.invalid_text(&path.child("pattern"), pattern, why);
    }
}
