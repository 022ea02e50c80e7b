//! The defaults of a schema.

use serde_json::Value;

use super::paths::members;
use crate::custom::rules::Rules;
use crate::custom::structural::{self, Structural};
use crate::kind::validate::{Faults, Path};

/// Checks every default in `document`: it must be a value of its own schema, keep its rules, and lose nothing to pruning.
pub(super) fn check(document: &Value, schema: &Structural, path: &Path<'_>, faults: &mut Faults) {
    if !schema.has_defaults {
        return;
    }
    if let Some(default) = &schema.default {
        own(default, document, schema, &path.child("default"), faults);
    }
    if let Some(items) = &schema.items {
        check(&document["items"], items, &path.child("items"), faults);
    }
    let properties = path.child("properties");
    for (name, inner) in members(document, "properties") {
        if let Some(property) = schema.property(name) {
            check(inner, property, &properties.key(name), faults);
        }
    }
}

fn own(default: &Value, document: &Value, schema: &Structural, path: &Path<'_>, faults: &mut Faults) {
    if !structural::prune_part(schema, &mut default.clone()).is_empty() {
        faults.invalid(path, default, "must not have unknown fields");
    }
    let mut found = structural::validate_part(schema, default, path);
    if found.is_empty()
        && let Some(rules) = Rules::compile_part(document)
    {
        found = rules.check_part(default, Some(default), path);
        if found.is_empty() {
            found = rules.check_part(default, None, path);
        }
    }
    found.into_iter().for_each(|fault| faults.push(fault));
}
