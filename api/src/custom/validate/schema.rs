//! `schema` of a version, or of all of them.

use serde_json::Value;

use super::openapi::{self, Found};
use super::paths::{flag, list, set, text};
use super::{convertible, defaults, go, structural};
use crate::custom::compile;
use crate::kind::validate::{Faults, Path};

/// Members of upstream's struct that a root may have beside a status of its own: the schema of the status is taken out of it there.
const WITH_STATUS: [&str; 22] = [
    "Description",
    "Type",
    "Format",
    "Title",
    "Maximum",
    "ExclusiveMaximum",
    "Minimum",
    "ExclusiveMinimum",
    "MaxLength",
    "MinLength",
    "Pattern",
    "MaxItems",
    "MinItems",
    "UniqueItems",
    "MultipleOf",
    "Required",
    "Items",
    "Properties",
    "ExternalDocs",
    "Example",
    "XPreserveUnknownFields",
    "XValidations",
];

/// What else bears on a schema.
#[derive(Clone, Copy, Default)]
pub(super) struct Rest {
    /// It was there before: what single rules cost was settled then.
    pub suppress_cost: bool,
}

/// Checks `validation`: that its schema is structural, and that its defaults are values of it. `status` says that the status is
/// written apart.
pub(super) fn check(validation: &Value, status: bool, rest: Rest, path: &Path<'_>, faults: &mut Faults) {
    let Some(document) = set(validation, "openAPIV3Schema") else { return };
    let at = path.child("openAPIV3Schema");
    let before = faults.len();
    if status {
        beside_status(document, &at, faults);
    }
    if flag(document, "nullable") {
        faults.forbidden(&at.child("nullable"), "nullable cannot be true at the root");
    }
    let converted = convertible::check(document);
    let mut sound = converted.is_ok();
    if sound {
        let mut found = structural::check(document, &at);
        if found.is_empty() {
            let mut defaults = Faults::default();
            defaults::check(document, &compile(document), &at, &mut defaults);
            found = defaults.into_errors();
        }
        sound = found.is_empty();
        found.into_iter().for_each(|fault| faults.push(fault));
    }
    let mut found = Found { suppress_cost: rest.suppress_cost, ..Found::default() };
    openapi::check(document, sound, &at, &mut found);
    let Found { schema, rules, total, .. } = found;
    faults.extend(schema);
    faults.extend(rules);
    if let Err(why) = converted
        && faults.len() == before
    {
        faults.invalid_text(&at, "", why);
    }
    total.tell(&at, faults);
}

/// Checks what the root says where the status is written apart.
fn beside_status(document: &Value, path: &Path<'_>, faults: &mut Faults) {
    for name in go::fields_set(document) {
        if name == "Type" {
            if text(document, "type") != "object" {
                let why = "only \"object\" is allowed as the type at the root of the schema if the status subresource is enabled";
                return faults.invalid_text(&path.child("type"), text(document, "type"), why);
            }
        } else if !WITH_STATUS.contains(&name) {
            let allowed = WITH_STATUS.join(" ");
            let why =
                format!("only [{allowed}] fields are allowed at the root of the schema if the status subresource is enabled");
            return faults.invalid_shown(path, go::schema(document), why);
        }
    }
}

/// Whether any version of `spec` has a default in its schema.
pub(super) fn has_defaults(spec: &Value) -> bool {
    list(spec, "versions")
        .iter()
        .any(|version| any(&version["schema"]["openAPIV3Schema"], &|schema| set(schema, "default").is_some()))
}

/// Whether `wanted` holds for `schema` or for one inside it.
pub(super) fn any(schema: &Value, wanted: &dyn Fn(&Value) -> bool) -> bool {
    let one = |value: &Value| value.is_object() && any(value, wanted);
    if !schema.is_object() {
        return false;
    }
    let single = ["not", "items", "additionalProperties", "additionalItems"];
    let lists = ["allOf", "anyOf", "oneOf", "items"];
    let maps = ["properties", "patternProperties", "definitions", "dependencies"];
    wanted(schema)
        || single.iter().any(|name| schema.get(*name).is_some_and(one))
        || lists.iter().any(|name| list(schema, name).iter().any(one))
        || maps.iter().any(|name| schema.get(*name).and_then(Value::as_object).is_some_and(|map| map.values().any(one)))
}
