//! Formats in the schemas of a definition that nothing is checked by.

use serde_json::Value;

use super::paths::{list, text};
use super::schema::any;

/// Formats of text that upstream knows, without hyphens.
const TEXT: [&str; 26] = [
    "bsonobjectid",
    "uri",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "cidr",
    "mac",
    "uuid",
    "uuid3",
    "uuid4",
    "uuid5",
    "isbn",
    "isbn10",
    "isbn13",
    "creditcard",
    "ssn",
    "hexcolor",
    "rgbcolor",
    "byte",
    "password",
    "date",
    "duration",
    "datetime",
    "k8sshortname",
    "k8slongname",
];

/// The warnings about `definition`, each once.
pub(crate) fn definition_warnings(definition: &Value) -> Vec<String> {
    let found = std::cell::RefCell::new(Vec::new());
    for version in list(&definition["spec"], "versions") {
        any(&version["schema"]["openAPIV3Schema"], &|schema| {
            let format = text(schema, "format");
            if !format.is_empty() && !known(format, text(schema, "type")) {
                let warning = format!("unrecognized format {format:?}");
                let mut found = found.borrow_mut();
                if !found.contains(&warning) {
                    found.push(warning);
                }
            }
            false
        });
    }
    found.into_inner()
}

/// The warnings about `definition` that were not to be told of `old`.
pub(crate) fn definition_update_warnings(definition: &Value, old: &Value) -> Vec<String> {
    let mut found = definition_warnings(definition);
    if !found.is_empty() {
        let before = definition_warnings(old);
        found.retain(|warning| !before.contains(warning));
    }
    found
}

fn known(format: &str, kind: &str) -> bool {
    match kind {
        "" | "string" => TEXT.contains(&&*format.replace('-', "")),
        "integer" => matches!(format, "int32" | "int64"),
        "number" => matches!(format, "float" | "double"),
        _ => false,
    }
}
