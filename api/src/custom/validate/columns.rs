//! Printer columns.

use serde_json::Value;

use super::paths::text;
use crate::kind::validate::{Faults, Path};

/// Formats that a column may have.
const FORMATS: [&str; 8] = ["byte", "date", "date-time", "double", "float", "int32", "int64", "password"];
const TYPES: [&str; 5] = ["boolean", "date", "integer", "number", "string"];

/// Checks `columns`.
pub(super) fn check(columns: &[Value], path: &Path<'_>, faults: &mut Faults) {
    let of_types = || format!("must be one of {}", TYPES.join(","));
    for (at, column) in columns.iter().enumerate() {
        let at = path.index(at);
        let (kind, format, place) = (text(column, "type"), text(column, "format"), text(column, "jsonPath"));
        if text(column, "name").is_empty() {
            faults.required(&at.child("name"), "");
        }
        if kind.is_empty() {
            faults.required(&at.child("type"), &of_types());
        } else if !TYPES.contains(&kind) {
            faults.invalid_text(&at.child("type"), kind, of_types());
        }
        if !format.is_empty() && !FORMATS.contains(&format) {
            faults.invalid_text(&at.child("format"), format, format!("must be one of {}", FORMATS.join(",")));
        }
        if place.is_empty() {
            faults.required(&at.child("JSONPath"), "");
        } else if !place.starts_with('.') {
            // More is not asked: tables leave out what cannot be read.
            faults.invalid_text(&at.child("JSONPath"), place, "must be a simple json path starting with .");
        }
    }
}
