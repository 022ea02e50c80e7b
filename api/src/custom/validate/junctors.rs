//! `allOf`, `anyOf`, `oneOf` and `not`.

use serde_json::Value;

use super::paths::{is_set, list, members, set, text};
use super::structural::pattern;
use crate::kind::validate::{Faults, Path};

/// Members that only the schema outside of junctors may have, and what they must be inside.
const CORE: [(&str, &str); 12] = [
    ("type", "empty"),
    ("default", "undefined"),
    ("title", "empty"),
    ("description", "empty"),
    ("nullable", "false"),
    ("x-kubernetes-preserve-unknown-fields", "false"),
    ("x-kubernetes-embedded-resource", "false"),
    ("x-kubernetes-int-or-string", "false"),
    ("x-kubernetes-list-map-keys", "empty"),
    ("x-kubernetes-list-type", "undefined"),
    ("x-kubernetes-map-type", "undefined"),
    ("x-kubernetes-validations", "empty"),
];

/// Checks the junctors of `schema`, a node outside of any. The two usual ways to write int-or-string, `anyOf` here or in the first
/// of `allOf`, may name types.
pub(super) fn check(schema: &Value, path: &Path<'_>, faults: &mut Faults) {
    let first = list(schema, "allOf").first();
    parts(schema, is_int_or_string(schema), first.is_some_and(is_int_or_string), path, faults);
}

/// Whether the alternatives of `schema` are a whole number and text, and nothing else.
fn is_int_or_string(schema: &Value) -> bool {
    let only = |part: &Value, kind: &str| {
        let mut names = part.as_object().into_iter().flat_map(|part| part.keys());
        text(part, "type") == kind && names.all(|name| name == "type" || !is_set(part, name))
    };
    matches!(list(schema, "anyOf"), [number, other] if only(number, "integer") && only(other, "string"))
}

/// Checks the junctors of `schema`; of some the types are not looked at.
fn parts(schema: &Value, skip_any: bool, skip_first: bool, path: &Path<'_>, faults: &mut Faults) {
    for junctor in ["anyOf", "allOf", "oneOf"] {
        let path = path.child(junctor);
        for (at, part) in list(schema, junctor).iter().enumerate().filter(|_| junctor != "anyOf" || !skip_any) {
            nested(part, junctor == "allOf" && skip_first && at == 0, &path.index(at), faults);
        }
    }
    if let Some(not) = set(schema, "not") {
        nested(not, false, &path.child("not"), faults);
    }
    pattern(schema, path, faults);
}

/// A part of a junctor bounds values of the schema around it, and adds nothing.
fn nested(schema: &Value, skip_any: bool, path: &Path<'_>, faults: &mut Faults) {
    parts(schema, skip_any, false, path, faults);
    if let Some(items) = schema.get("items").filter(|items| items.is_object()) {
        nested(items, false, &path.child("items"), faults);
    }
    let properties = path.child("properties");
    for (name, inner) in members(schema, "properties") {
        nested(inner, false, &properties.key(name), faults);
    }
    for (name, wanted) in CORE.iter().filter(|(name, _)| is_set(schema, name)) {
        faults.forbidden(&path.child(name), format!("must be {wanted} to be structural"));
    }
    if set(schema, "additionalProperties").is_some_and(|values| *values != false) {
        faults.forbidden(&path.child("additionalProperties"), "must be undefined to be structural");
    }
    if schema["properties"].get("metadata").is_some() {
        faults.forbidden(&properties.key("metadata"), "must not be specified in a nested context");
    }
}

/// Checks that whatever junctors in `schema` bound is there outside of them as well.
pub(super) fn complete(schema: &Value, path: &Path<'_>, faults: &mut Faults) {
    each(schema, Some(schema), path, path, faults);
}

/// The junctors of `part`, which is at `here` and bounds values of `core`, at `path`.
fn each(part: &Value, core: Option<&Value>, path: &Path<'_>, here: &Path<'_>, faults: &mut Faults) {
    if let Some(not) = set(part, "not") {
        bounded(not, core, path, &here.child("not"), faults);
    }
    for junctor in ["allOf", "anyOf", "oneOf"] {
        let here = here.child(junctor);
        for (at, inner) in list(part, junctor).iter().enumerate() {
            bounded(inner, core, path, &here.index(at), faults);
        }
    }
}

fn bounded(part: &Value, core: Option<&Value>, path: &Path<'_>, here: &Path<'_>, faults: &mut Faults) {
    if faults.is_full() {
        return;
    }
    let Some(core) = core else { return faults.required(path, &format!("because it is defined in {here}")) };
    each(part, Some(core), path, here, faults);
    if let Some(items) = set(part, "items").filter(|items| items.is_object()) {
        let own = set(core, "items").filter(|items| items.is_object());
        bounded(items, own, &path.child("items"), &here.child("items"), faults);
    }
    let (fields, here) = (path.child("properties"), here.child("properties"));
    for (name, inner) in members(part, "properties") {
        bounded(inner, core["properties"].get(name), &fields.key(name), &here.key(name), faults);
    }
}
