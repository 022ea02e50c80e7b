//! One version of a definition.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::field_path::led_to;
use super::paths::{flag, list, text};
use super::schema;
use crate::kind::validate::{Distinct, Faults, Path};

/// Formats that a column may have.
const COLUMN_FORMATS: [&str; 8] = ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"];
const COLUMN_TYPES: [&str; 5] = ["boolean", "date", "integer", "number", "string"];
const MAX_SELECTABLE: u64 = 8;
/// Bytes of the warning of a deprecated version.
const MAX_WARNING: usize = 256;
const NO_SCALAR: &str =
    "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.";

/// Checks a version: its schema, subresources, columns and selectable fields.
pub(super) fn check(version: &Value, path: &Path<'_>, faults: &mut Faults) {
    let document = &version["schema"]["openAPIV3Schema"];
    let schema_path = path.child("schema");
    let status = version["subresources"].get("status").is_some_and(|status| !status.is_null());
    if document.is_object() {
        schema::check(document, status, &schema_path.child("openAPIV3Schema"), faults);
    } else {
        faults.required(&schema_path.child("openAPIV3Schema"), "schemas are required");
    }
    if let Some(warning) = version.get("deprecationWarning").and_then(Value::as_str) {
        deprecation(warning, flag(version, "deprecated"), &path.child("deprecationWarning"), faults);
    }
    scale(&version["subresources"]["scale"], &path.child("subresources"), faults);
    columns(version, &path.child("additionalPrinterColumns"), faults);
    selectable(version, document, &path.child("selectableFields"), faults);
}

/// What clients are warned with.
fn deprecation(warning: &str, deprecated: bool, path: &Path<'_>, faults: &mut Faults) {
    if !deprecated {
        return faults.invalid_text(path, warning, "can only be set for deprecated versions");
    }
    if warning.len() > MAX_WARNING {
        faults.invalid_text(path, warning, format!("must be <= {MAX_WARNING} characters long"));
    }
    if warning.is_empty() {
        faults.invalid_text(path, warning, "must not be an empty string");
    }
    if let Some((at, _)) = warning.char_indices().find(|(_, letter)| !is_printable(*letter)) {
        let why = format!("must only contain printable UTF-8 characters; non-printable character found at index {at}");
        faults.invalid_text(path, warning, why);
    }
}

/// Letters, marks, numbers, punctuation, symbols, and the blank.
fn is_printable(letter: char) -> bool {
    static PRINTABLE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$").ok());
    match letter {
        ' '..='~' => true,
        _ => PRINTABLE.as_ref().is_some_and(|printable| printable.is_match(letter.encode_utf8(&mut [0; 4]))),
    }
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
        } else if !found.starts_with('.') {
            faults.invalid_text(&at, found, "must be a simple json path starting with .");
        } else if !(found.starts_with(place) || field == "labelSelectorPath" && found.starts_with(".spec.")) {
            let place = if needed { place.trim_end_matches('.') } else { "either .spec or .status" };
            faults.invalid_text(&at, found, format!("should be a json path under {place}"));
        }
    }
}

fn columns(version: &Value, path: &Path<'_>, faults: &mut Faults) {
    let of_types = || format!("must be one of {}", COLUMN_TYPES.join(","));
    for (at, column) in list(version, "additionalPrinterColumns").iter().enumerate() {
        let at = path.index(at);
        let (kind, format, place) = (text(column, "type"), text(column, "format"), text(column, "jsonPath"));
        if text(column, "name").is_empty() {
            faults.required(&at.child("name"), "");
        }
        if kind.is_empty() {
            faults.required(&at.child("type"), &of_types());
        } else if !COLUMN_TYPES.contains(&kind) {
            faults.invalid_text(&at.child("type"), kind, of_types());
        }
        if !format.is_empty() && !COLUMN_FORMATS.contains(&format) {
            faults.invalid_text(&at.child("format"), format, format!("must be one of {}", COLUMN_FORMATS.join(",")));
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
        return faults.too_many(path, fields.len() as u64, MAX_SELECTABLE);
    }
    let mut places = Distinct::default();
    for (at, field) in fields.iter().enumerate() {
        let place = text(field, "jsonPath");
        let at = path.index(at);
        let at = at.child("jsonPath");
        if place.is_empty() {
            faults.required(&at, "");
            continue;
        }
        let found = match led_to(document, place, false) {
            Ok(found) => found,
            Err(why) => {
                faults.invalid_text(&at, place, format!("is an invalid path: {why}"));
                continue;
            }
        };
        if place == ".metadata" || place.starts_with(".metadata.") {
            faults.invalid_text(&at, place, "must not point to fields in metadata");
        }
        if !found.is_some_and(|found| matches!(text(found, "type"), "string" | "boolean" | "integer")) {
            faults.invalid_text(&at, place, NO_SCALAR);
        }
        if places.repeats(place) {
            faults.duplicate(&at, &place.into());
        }
    }
}
