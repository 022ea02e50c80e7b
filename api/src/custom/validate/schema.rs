//! `openAPIV3Schema` of a version.

use serde_json::Value;

use super::paths::{flag, is_set};
use super::{defaults, structural};
use crate::custom::{compile, rules};
use crate::kind::validate::{Faults, Path};

/// Members that a root may have beside a status of its own: upstream takes the schema of the status out of it.
const WITH_STATUS: [(&str, &str); 22] = [
    ("Description", "description"),
    ("Type", "type"),
    ("Format", "format"),
    ("Title", "title"),
    ("Maximum", "maximum"),
    ("ExclusiveMaximum", "exclusiveMaximum"),
    ("Minimum", "minimum"),
    ("ExclusiveMinimum", "exclusiveMinimum"),
    ("MaxLength", "maxLength"),
    ("MinLength", "minLength"),
    ("Pattern", "pattern"),
    ("MaxItems", "maxItems"),
    ("MinItems", "minItems"),
    ("UniqueItems", "uniqueItems"),
    ("MultipleOf", "multipleOf"),
    ("Required", "required"),
    ("Items", "items"),
    ("Properties", "properties"),
    ("ExternalDocs", "externalDocs"),
    ("Example", "example"),
    ("XPreserveUnknownFields", "x-kubernetes-preserve-unknown-fields"),
    ("XValidations", "x-kubernetes-validations"),
];

/// Checks a schema: that it is structural, and that its defaults are values of it. `status` says that the status is written apart.
pub(super) fn check(document: &Value, status: bool, path: &Path<'_>, faults: &mut Faults) {
    if status {
        beside_status(document, path, faults);
    }
    if flag(document, "nullable") {
        faults.forbidden(&path.child("nullable"), "nullable cannot be true at the root");
    }
    let before = faults.len();
    structural::root(document, path, faults);
    if faults.len() == before {
        defaults::check(document, &compile(document), path, faults);
        rules::accept(document, path, faults);
    }
}

/// Checks what the root says where the status is written apart.
fn beside_status(document: &Value, path: &Path<'_>, faults: &mut Faults) {
    let mut names = document.as_object().into_iter().flat_map(|document| document.keys());
    if names.any(|name| is_set(document, name) && !WITH_STATUS.iter().any(|(_, own)| own == name)) {
        let allowed = WITH_STATUS.map(|(shown, _)| shown).join(" ");
        let why = format!("only [{allowed}] fields are allowed at the root of the schema if the status subresource is enabled");
        faults.invalid_whole(path, why);
    }
}
