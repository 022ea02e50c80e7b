//! The defaults of a schema.

use serde_json::Value;

use super::paths::members;
use crate::custom::structural::{self, Structural};
use crate::kind::validate::{Faults, Path};

/// Checks every default in `document`: it must be a value of its own schema, and lose nothing to pruning.
pub(super) fn check(document: &Value, schema: &Structural, path: &Path<'_>, faults: &mut Faults) {
    if !schema.has_defaults {
        return;
    }
    if let Some(default) = &schema.default {
        own(default, schema, &path.child("default"), faults);
    }
    let properties = path.child("properties");
    for (name, inner) in members(document, "properties") {
        if let Some(property) = schema.property(name) {
            check(inner, property, &properties.key(name), faults);
        }
    }
    if let Some(items) = &schema.items {
        check(&document["items"], items, &path.child("items"), faults);
    }
    if let structural::Additional::Schema(additional) = &schema.additional {
        check(&document["additionalProperties"], additional, &path.child("additionalProperties"), faults);
    }
}

fn own(default: &Value, schema: &Structural, path: &Path<'_>, faults: &mut Faults) {
    let mut pruned = default.clone();
    if !structural::prune_part(schema, &mut pruned).is_empty() {
        faults.invalid(path, default, "must not have unknown fields");
    }
    schema.default(&mut pruned);
    for fault in structural::validate_part(schema, &pruned, path) {
        faults.push(fault);
    }
}
