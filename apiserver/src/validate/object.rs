//! The faults of a create and of an update.

use kontiki_api::kind::validate::{Distinct, validate_meta, validate_meta_update};
use kontiki_api::kind::{FieldError, Kind};
use kontiki_api::status::Status;
use serde_json::Value;

use crate::prepare::{Part, meta_text};

/// Checks a new object.
///
/// # Errors
/// 422 naming every faulty field.
pub(crate) fn validate_create(kind: &Kind, object: &Value) -> Result<(), Status> {
    let mut faults = validate_meta(kind, object);
    faults.extend(kind.validate_create(object));
    refuse(kind, object, faults)
}

/// Checks a changed object; answers what the client shall be warned of. A part with a file of its own answers itself for what it
/// may change.
///
/// # Errors
/// 422 naming every faulty field.
pub(crate) fn validate_update(
    kind: &Kind,
    part: Part,
    subresource: &str,
    new: &Value,
    old: &Value,
) -> Result<Vec<String>, Status> {
    let mut warnings = Vec::new();
    let mut faults = validate_meta(kind, new);
    if !faults.is_empty() {
        let before: Distinct<FieldError> = validate_meta(kind, old).into_iter().collect();
        faults.retain(|fault| !before.has(fault));
    }
    faults.extend(validate_meta_update(new, old));
    match part {
        Part::Object => faults.extend(kind.validate_update(new, old, &mut warnings)),
        Part::Status => faults.extend(kind.validate_status(new, old, &mut warnings)),
        Part::Places => {
            faults.extend(kind.validate_again(new, old, &mut warnings));
            faults.extend((kind.hooks.validate_places)(subresource, new, old));
        }
        Part::Own => faults.extend(kind.validate_again(new, old, &mut warnings)),
    }
    refuse(kind, new, faults).map(|()| warnings)
}

/// A fault that the generic and the kind's own checks both find is told once.
fn refuse(kind: &Kind, object: &Value, faults: Vec<FieldError>) -> Result<(), Status> {
    if faults.is_empty() {
        return Ok(());
    }
    let mut known = Distinct::default();
    let told: Vec<FieldError> = faults.into_iter().filter(|fault| !known.repeats(fault.clone())).collect();
    Err(Status::invalid(kind, meta_text(object, "name"), &told))
}
