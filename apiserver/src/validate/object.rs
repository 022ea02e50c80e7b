//! The faults of a create and of an update.

use kontiki_api::kind::validate::{Distinct, validate_meta, validate_meta_update};
use kontiki_api::kind::{FieldError, Kind};
use kontiki_api::status::Status;
use serde_json::Value;

use crate::prepare::{Part, meta_text};
use crate::write::Context;

/// Checks a new object.
///
/// # Errors
/// 422 naming every faulty field.
pub(crate) fn validate_create(ctx: &Context<'_>, object: &Value) -> Result<(), Status> {
    let kind = &*ctx.stored;
    let mut faults = validate_meta(kind, object);
    faults.extend(kind.validate_create(object, &faults));
    faults.extend(sent(ctx, object, None));
    refuse(kind, object, faults)
}

/// Checks a changed object; answers what the client shall be warned of. A part with a file of its own answers itself for what it
/// may change.
///
/// # Errors
/// 422 naming every faulty field.
pub(crate) fn validate_update(ctx: &Context<'_>, part: Part, new: &Value, old: &Value) -> Result<Vec<String>, Status> {
    let kind = &*ctx.stored;
    let mut warnings = Vec::new();
    let mut faults = validate_meta(kind, new);
    if !faults.is_empty() {
        let before: Distinct<FieldError> = validate_meta(kind, old).into_iter().collect();
        faults.retain(|fault| !before.has(fault));
    }
    faults.extend(validate_meta_update(new, old));
    match part {
        Part::Object => {
            faults.extend(kind.validate_update(new, old, &mut warnings));
            faults.extend(sent(ctx, new, Some(old)));
        }
        Part::Status => faults.extend(kind.validate_status(new, old, &mut warnings)),
        Part::Places => {
            faults.extend(kind.validate_again(new, old, &mut warnings));
            faults.extend((kind.hooks.validate_places)(&ctx.request.target.subresource, new, old));
        }
        Part::Own => faults.extend(kind.validate_again(new, old, &mut warnings)),
    }
    refuse(kind, new, faults).map(|()| warnings)
}

/// What the row of the request asks for besides the one that is stored.
fn sent(ctx: &Context<'_>, new: &Value, old: Option<&Value>) -> Vec<FieldError> {
    match ctx.kind.conversion {
        Some(_) => (ctx.kind.hooks.validate_sent)(new, old),
        None => Vec::new(),
    }
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
