//! `allOf`, `anyOf`, `oneOf` and `not`.

use serde_json::Value;

use super::paths::{flag, is_set, list, members, text};
use super::structural::anywhere;
use crate::kind::validate::{Faults, Path};

/// Members that only the schema outside of junctors may have, and what they must be inside.
const CORE: [(&str, &str); 14] = [
    ("type", "empty"),
    ("additionalProperties", "undefined"),
    ("default", "undefined"),
    ("title", "empty"),
    ("description", "empty"),
    ("nullable", "false"),
    ("externalDocs", "undefined"),
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
    parts(schema, schema, is_int_or_string(schema), first.is_some_and(is_int_or_string), path, faults);
}

/// Whether the alternatives of `schema` are a whole number and text, and nothing else.
fn is_int_or_string(schema: &Value) -> bool {
    let only = |part: &Value, kind: &str| {
        let mut names = part.as_object().into_iter().flat_map(|part| part.keys());
        text(part, "type") == kind && names.all(|name| name == "type" || !is_set(part, name))
    };
    matches!(list(schema, "anyOf"), [number, other] if only(number, "integer") && only(other, "string"))
}

/// Checks the junctors of `schema`, which bounds values of `core`; of some the types are not looked at.
fn parts(schema: &Value, core: &Value, skip_any: bool, skip_first: bool, path: &Path<'_>, faults: &mut Faults) {
    for junctor in ["allOf", "anyOf", "oneOf"] {
        let path = path.child(junctor);
        for (at, part) in list(schema, junctor).iter().enumerate().filter(|_| junctor != "anyOf" || !skip_any) {
            nested(part, core, junctor == "allOf" && skip_first && at == 0, &path.index(at), faults);
        }
    }
    if let Some(not) = schema.get("not").filter(|not| not.is_object()) {
        nested(not, core, false, &path.child("not"), faults);
    }
}

/// A part of a junctor bounds values of the schema around it, and adds nothing.
fn nested(schema: &Value, core: &Value, skip_any: bool, path: &Path<'_>, faults: &mut Faults) {
    anywhere(schema, path, faults);
    for (name, wanted) in CORE.iter().filter(|(name, _)| is_set(schema, name)) {
        faults.forbidden(&path.child(name), format!("must be {wanted} to be structural"));
    }
    let properties = path.child("properties");
    for (name, inner) in members(schema, "properties") {
        let at = properties.key(name);
        if name == "metadata" {
            faults.forbidden(&at, "must not be specified in a nested context");
        }
        match core["properties"].get(name).or_else(|| core.get("additionalProperties").filter(|inner| inner.is_object())) {
            Some(own) => nested(inner, own, false, &at, faults),
            None if flag(core, "x-kubernetes-preserve-unknown-fields") => {}
            None => faults.required(&at, "must be defined outside of the junctor as well, to be structural"),
        }
    }
    if let Some(items) = schema.get("items").filter(|items| items.is_object()) {
        nested(items, &core["items"], false, &path.child("items"), faults);
    }
    parts(schema, core, skip_any, false, path, faults);
}
