//! The names of a definition.

use serde_json::Value;

use super::paths::{list, text};
use crate::kind::validate::{Faults, Path, dns1035_label_fault};

/// Checks the names that there are.
pub(super) fn check(names: &Value, path: &Path<'_>, faults: &mut Faults) {
    for field in ["plural", "singular", "kind", "listKind"] {
        let (name, at) = (text(names, field), path.child(field));
        if name.is_empty() {
            continue;
        }
        let mixed = field.ends_with("ind");
        let checked = if mixed { name.to_ascii_lowercase() } else { name.to_owned() };
        if let Some(why) = dns1035_label_fault(&checked) {
            let why = if mixed { format!("may have mixed case, but should otherwise match: {why}") } else { why };
            faults.invalid_text(&at, name, why);
        }
    }
    labels(names, "shortNames", path, faults);
    let kind = text(names, "kind");
    if !kind.is_empty() && kind == text(names, "listKind") {
        faults.invalid_text(&path.child("listKind"), kind, "kind and listKind may not be the same");
    }
    labels(names, "categories", path, faults);
}

fn labels(names: &Value, field: &str, path: &Path<'_>, faults: &mut Faults) {
    let path = path.child(field);
    for (at, name) in list(names, field).iter().enumerate() {
        let name = name.as_str().unwrap_or_default();
        if let Some(why) = dns1035_label_fault(name) {
            faults.invalid_text(&path.index(at), name, why);
        }
    }
}
