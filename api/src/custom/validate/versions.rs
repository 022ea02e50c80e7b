//! One version of a definition.

use serde_json::Value;

use super::paths::{flag, list, text};
use super::schema;
use crate::custom::compile;
use crate::custom::structural::{Structural, Type};
use crate::kind::validate::{Distinct, Faults, Path};

const COLUMN_TYPES: [&str; 5] = ["boolean", "date", "integer", "number", "string"];
const MAX_SELECTABLE: u64 = 8;

/// Checks a version: its schema, subresources, columns and selectable fields.
pub(super) fn check(version: &Value, path: &Path<'_>, faults: &mut Faults) {
    let document = &version["schema"]["openAPIV3Schema"];
    let schema_path = path.child("schema");
    if document.is_object() {
        schema::check(document, &schema_path.child("openAPIV3Schema"), faults);
    } else {
        faults.required(&schema_path.child("openAPIV3Schema"), "schemas are required");
    }
    if !text(version, "deprecationWarning").is_empty() && !flag(version, "deprecated") {
        let why = "can only be set for deprecated versions";
        faults.invalid_text(&path.child("deprecationWarning"), text(version, "deprecationWarning"), why);
    }
    scale(&version["subresources"]["scale"], &path.child("subresources"), faults);
    columns(version, &path.child("additionalPrinterColumns"), faults);
    selectable(version, document, &path.child("selectableFields"), faults);
}

fn scale(scale: &Value, path: &Path<'_>, faults: &mut Faults) {
    if !scale.is_object() {
        return;
    }
    for (field, name, place, needed) in [
        ("specReplicasPath", "scale.specReplicasPath", ".spec.", true),
        ("statusReplicasPath", "scale.statusReplicasPath", ".status.", true),
        ("labelSelectorPath", "scale.labelSelectorPath", ".status.", false),
    ] {
        let (at, found) = (path.child(name), text(scale, field));
        if found.is_empty() {
            if needed {
                faults.required(&at, "");
            }
        } else if found.contains(['[', ']']) {
            faults.invalid_text(&at, found, "must be a simple json path without index and filter");
        } else if !(found.starts_with(place) || field == "labelSelectorPath" && found.starts_with(".spec.")) {
            let either = if needed { "" } else { " or .spec" };
            faults.invalid_text(&at, found, format!("should be a json path under {}{either}", place.trim_end_matches('.')));
        }
    }
}

fn columns(version: &Value, path: &Path<'_>, faults: &mut Faults) {
    let of_types = || format!("must be one of {}", COLUMN_TYPES.join(","));
    for (at, column) in list(version, "additionalPrinterColumns").iter().enumerate() {
        let at = path.index(at);
        let (kind, place) = (text(column, "type"), text(column, "jsonPath"));
        if text(column, "name").is_empty() {
            faults.required(&at.child("name"), "");
        }
        if kind.is_empty() {
            faults.required(&at.child("type"), &of_types());
        } else if !COLUMN_TYPES.contains(&kind) {
            faults.invalid_text(&at.child("type"), kind, of_types());
        }
        if place.is_empty() {
            faults.required(&at.child("JSONPath"), "");
        } else if !place.starts_with('.') {
            // More is not asked: tables leave out what cannot be read.
            faults.invalid_text(&at.child("JSONPath"), place, "must be a simple json path starting with .");
        }
    }
}

fn selectable(version: &Value, document: &Value, path: &Path<'_>, faults: &mut Faults) {
    let fields = list(version, "selectableFields");
    if fields.len() as u64 > MAX_SELECTABLE {
        faults.too_many(path, fields.len() as u64, MAX_SELECTABLE);
    }
    if fields.is_empty() {
        return;
    }
    let schema = compile(document);
    let mut places = Distinct::default();
    for (at, field) in fields.iter().enumerate() {
        let place = text(field, "jsonPath");
        let at = path.index(at);
        let at = at.child("jsonPath");
        if place.is_empty() {
            faults.required(&at, "");
        } else if place.starts_with(".metadata") || !place.starts_with('.') {
            faults.invalid_text(&at, place, "is an invalid path: must be a field of the object other than its metadata");
        } else if !leads_to_scalar(&schema, place) {
            faults.invalid_text(&at, place, "is an invalid path: must point to a field of type string, boolean or integer");
        }
        if places.repeats(place) {
            faults.duplicate(&at, &place.into());
        }
    }
}

fn leads_to_scalar(schema: &Structural, path: &str) -> bool {
    let found = path.split('.').skip(1).try_fold(schema, |schema, name| schema.property(name));
    found.is_some_and(|found| matches!(found.r#type, Type::String | Type::Boolean | Type::Integer))
}
