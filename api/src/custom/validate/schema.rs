//! `openAPIV3Schema` of a version.

use serde_json::Value;

use super::defaults;
use super::structural;
use crate::custom::{compile, rules};
use crate::kind::validate::{Faults, Path};

/// Checks a schema: that it is structural, and that its defaults are values of it.
pub(super) fn check(document: &Value, path: &Path<'_>, faults: &mut Faults) {
    let before = faults.len();
    structural::root(document, path, faults);
    if faults.len() == before {
        defaults::check(document, &compile(document), path, faults);
        rules::accept(document, path, faults);
    }
}
