//! From a body to an object of the row it was sent to.

use kontiki_api::decode::{Body, Decoded, FieldValidation, decode, decode_value};
use kontiki_api::kind::{Kind, Subresource};
use kontiki_api::request::Request;
use kontiki_api::status::Status;
use serde_json::Value;

use super::body::{check_shape, format_of};

/// The object in the body of `request`, in the version of `kind`; faults that are not refused go
/// to `warnings`.
///
/// # Errors
/// 400 where the body is not an object of the row, 415 where its media type is not understood.
pub(crate) fn object(
    kind: &Kind,
    request: &Request,
    validation: FieldValidation,
    warnings: &mut Vec<String>,
) -> Result<Value, Status> {
    typed(Body::of(kind), request, validation, warnings)
}

/// The body of `request` to a subresource that has a kind of its own.
///
/// # Errors
/// As [`object`].
pub(crate) fn subresource(
    sub: &Subresource,
    request: &Request,
    validation: FieldValidation,
    warnings: &mut Vec<String>,
) -> Result<Value, Status> {
    typed(Body::of_subresource(sub), request, validation, warnings)
}

/// An object that was patched, checked like one that was sent.
///
/// # Errors
/// As [`object`].
pub(crate) fn patched(
    kind: &Kind,
    object: Value,
    validation: FieldValidation,
    warnings: &mut Vec<String>,
) -> Result<Value, Status> {
    let Decoded { object, warnings: more } = decode_value(object, Body::of(kind), validation)?;
    warnings.extend(more);
    Ok(object)
}

pub(super) fn typed(
    body: Body<'_>,
    request: &Request,
    validation: FieldValidation,
    warnings: &mut Vec<String>,
) -> Result<Value, Status> {
    let format = format_of(request)?;
    check_shape(&request.body, format)?;
    let Decoded { object, warnings: more } = decode(&request.body, format, body, validation)?;
    warnings.extend(more);
    Ok(object)
}
