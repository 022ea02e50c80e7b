//! Applies a patch body to the current object.

use kontiki_api::decode::{Body, Decoded, FieldValidation, Unfit, decode_merged, decode_patched};
use kontiki_api::go::{printed, sorted};
use kontiki_api::kind::Kind;
use kontiki_api::kind::validate::{Faults, Path};
use kontiki_api::patch::complaints;
use kontiki_api::request::PatchType;
use kontiki_api::status::Status;
use serde_json::Value;

use crate::decode;
use crate::write::Context;

/// The current object with the request's patch applied, checked like one that was sent.
///
/// # Errors
/// 400 where the patch cannot be read, 422 where it does not fit the object or what it makes is none.
pub(crate) fn patch(ctx: &mut Context<'_>, form: PatchType, current: &Value) -> Result<Value, Status> {
    let apply = |patch: &[u8]| kontiki_api::patch::apply(ctx.kind, form, patch, current).and_then(|made| typed(ctx.kind, made));
    let Decoded { object, warnings } = patched(ctx, form, Body::of(ctx.kind), apply)?;
    ctx.warnings.extend(warnings);
    Ok(object)
}

/// Refuses a custom object that is not of `kind` any more: of no built-in one is that asked.
fn typed(kind: &Kind, object: Value) -> Result<Value, Status> {
    if kind.custom.is_none() {
        return Ok(object);
    }
    let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default();
    for (name, missing) in [("kind", "Object 'Kind' is missing in"), ("apiVersion", "Object 'apiVersion' is missing in")] {
        if matches!(object.get(name), None | Some(Value::Null)) || text(name).is_empty() && object[name].is_string() {
            let made = sorted(&object).to_string();
            let mut faults = Faults::default();
            faults.invalid_text(&Path::new("patch"), &made, format!("{missing} '{made}'"));
            return Err(Status::invalid_value("", "", "", &faults.into_errors()));
        }
    }
    let (found, version, wanted) = (text("kind"), text("apiVersion"), kind.api_version());
    let mut faults = Faults::default();
    for (name, found, wanted) in [("kind", found, &*kind.kind), ("apiVersion", version, &*wanted)] {
        if found != wanted && object[name].is_string() {
            faults.invalid_text(&Path::new(name), found, format!("must be {wanted}"));
        }
    }
    let faults = faults.into_errors();
    if faults.is_empty() {
        return Ok(object);
    }
    let group = version.split_once('/').map_or("", |(group, _)| group);
    Err(Status::invalid_value(group, found, crate::prepare::meta_text(&object, "name"), &faults))
}

/// What `apply` makes of the request's patch, checked like a `body` that was sent.
///
/// # Errors
/// As [`patch`].
pub(crate) fn patched(
    ctx: &Context<'_>,
    form: PatchType,
    body: Body<'_>,
    apply: impl Fn(&[u8]) -> Result<Value, Status>,
) -> Result<Decoded, Status> {
    let (sent, validation) = (&ctx.request.body, ctx.options.validation);
    decode::check_nesting(sent)?;
    let odd = if validation == FieldValidation::Ignore { Vec::new() } else { complaints(form, sent)? };
    let object = apply(sent)?;
    // What was made is made again to be shown: to keep it for that would cost every patch that is good.
    let read = if form == PatchType::Strategic { decode_merged } else { decode_patched };
    read(object, body, validation, odd).or_else(|unfit| match unfit {
        Unfit::Refused(status) => Err(status),
        Unfit::Told(why) => Err(refused(form, sent, &apply(sent)?, &why)),
    })
}

/// 422 as upstream tells it of a patch: it shows a strategic merge patch itself, and what any other has made.
fn refused(form: PatchType, sent: &[u8], made: &Value, why: &str) -> Status {
    let shown = if form == PatchType::Strategic {
        printed(&serde_json::from_slice(sent).unwrap_or_default())
    } else {
        sorted(made).to_string()
    };
    let mut faults = Faults::default();
    faults.invalid_text(&Path::new("patch"), &shown, why);
    Status::invalid_value("", "", "", &faults.into_errors())
}
