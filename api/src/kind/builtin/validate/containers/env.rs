//! Environment variables and where they come from.

use serde_json::Value;

use super::super::text;
use crate::kind::validate::{Faults, Path};
use crate::selector::label_key_faults;

const SOURCES: [&str; 5] = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"];
const FIELDS: [&str; 9] = [
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
    "spec.nodeName",
    "spec.serviceAccountName",
    "status.hostIP",
    "status.hostIPs",
    "status.podIP",
    "status.podIPs",
];

/// The variables of a container.
pub(super) fn all(variables: &[Value], path: &Path<'_>, faults: &mut Faults) {
    for (at, variable) in variables.iter().enumerate() {
        let at = path.index(at);
        let name = text(variable, "name");
        if !is_name(name) {
            let why = "a valid environment variable name must consist only of printable ASCII characters other than '='";
            faults.invalid_text(&at.child("name"), name, why);
        }
        if let Some(source) = variable.get("valueFrom") {
            let field = at.child("valueFrom");
            value_from(source, &field, faults);
            if !text(variable, "value").is_empty() {
                faults.invalid_text(&field, "", "may not be specified when `value` is not empty");
            }
        }
    }
}

/// The sources of whole sets of variables.
pub(super) fn sources(sources: &[Value], path: &Path<'_>, faults: &mut Faults) {
    for (at, source) in sources.iter().enumerate() {
        let at = path.index(at);
        let given: Vec<&str> = ["configMapRef", "secretRef"].into_iter().filter(|field| source.get(field).is_some()).collect();
        match given.as_slice() {
            [] => faults.invalid_text(&at, "", "must specify one of: `configMapRef` or `secretRef`"),
            [field] if text(&source[*field], "name").is_empty() => faults.required(&at.child(field).child("name"), ""),
            [_] => {}
            _ => faults.invalid_text(&at, "", "may not have more than one field specified at a time"),
        }
    }
}

fn value_from(source: &Value, path: &Path<'_>, faults: &mut Faults) {
    match SOURCES.iter().filter(|field| source.get(**field).is_some()).count() {
        0 => {
            let why = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
            faults.invalid_text(path, "", why);
        }
        1 => {}
        _ => faults.invalid_text(path, "", "may not have more than one field specified at a time"),
    }
    if let Some(reference) = source.get("fieldRef") {
        let field = path.child("fieldRef");
        field_path(text(reference, "fieldPath"), &field.child("fieldPath"), faults);
    }
}

fn field_path(place: &str, path: &Path<'_>, faults: &mut Faults) {
    if place.is_empty() || FIELDS.contains(&place) {
        return;
    }
    let subscript = ["metadata.annotations['", "metadata.labels['"].iter().find_map(|prefix| place.strip_prefix(prefix));
    match subscript.and_then(|key| key.strip_suffix("']")) {
        Some(key) => {
            for why in label_key_faults(&key.to_ascii_lowercase()) {
                faults.invalid_text(path, place, why);
            }
        }
        None => faults.unsupported(path, place, &FIELDS),
    }
}

fn is_name(name: &str) -> bool {
    name.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'=')
}
