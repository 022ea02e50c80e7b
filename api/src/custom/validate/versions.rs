//! One version of a definition.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use super::field_path::led_to;
use super::paths::{flag, set, text};
use super::schema::{self, Rest};
use super::shared::Shared;
use super::{columns, convertible};
use crate::kind::validate::{Faults, Path};

const MAX_SELECTABLE: u64 = 8;
/// Bytes of the warning of a deprecated version.
const MAX_WARNING: usize = 256;
const NO_SCALAR: &str =
    "must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.";

/// Checks what `version` says for itself: its schema, subresources, columns and selectable fields.
pub(super) fn check(version: &Value, shared: &Shared<'_>, old: &Value, path: &Path<'_>, faults: &mut Faults) {
    if let Some(warning) = version.get("deprecationWarning").and_then(Value::as_str) {
        deprecation(warning, flag(version, "deprecated"), &path.child("deprecationWarning"), faults);
    }
    let validation = shared.own_schema(version);
    let subresources = shared.own_subresources(version);
    if let Some(validation) = validation {
        let status = subresources.or(shared.subresources).is_some_and(|own| set(own, "status").is_some());
        let rest = Rest { suppress_cost: shared.unchanged(old, Some(version)) };
        schema::check(validation, status, rest, &path.child("schema"), faults);
    }
    scale(subresources, &path.child("subresources"), faults);
    columns::check(shared.own_columns(version), &path.child("additionalPrinterColumns"), faults);
    let fields = shared.own_selectable(version);
    if fields.is_empty() {
        return;
    }
    let at = path.child("selectableFields");
    match validation.and_then(|validation| set(validation, "openAPIV3Schema")) {
        None => {
            faults.invalid_text(&at, "", "may only be set when `version.schema.openAPIV3Schema` is not included");
        }
        Some(document) => selectable(fields, document, &path.child("schema"), &at, faults),
    }
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

/// Checks the paths of `subresources.scale`.
pub(super) fn scale(subresources: Option<&Value>, path: &Path<'_>, faults: &mut Faults) {
    let Some(scale) = subresources.and_then(|subresources| set(subresources, "scale")) else { return };
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

/// Checks selectable fields of objects that `document` describes; what is wrong with that as a whole is told `at` it.
pub(super) fn selectable(fields: &[Value], document: &Value, at: &Path<'_>, path: &Path<'_>, faults: &mut Faults) {
    if let Err(why) = convertible::check(document) {
        faults.invalid_text(&at.child("openAPIV3Schema"), "", why);
        return nowhere(fields, path, faults);
    }
    let mut places = BTreeSet::new();
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
        if !places.insert(place) {
            faults.duplicate(&at, &place.into());
        }
    }
    if places.len() as u64 > MAX_SELECTABLE {
        faults.too_many(path, places.len() as u64, MAX_SELECTABLE);
    }
}

/// Without a schema no path leads anywhere.
fn nowhere(fields: &[Value], path: &Path<'_>, faults: &mut Faults) {
    for (at, field) in fields.iter().enumerate() {
        let at = path.index(at);
        match text(field, "jsonPath") {
            "" => faults.required(&at.child("jsonPath"), ""),
            place => faults.invalid_text(&at.child("jsonPath"), place, "is an invalid path: does not refer to a valid field"),
        }
    }
}
