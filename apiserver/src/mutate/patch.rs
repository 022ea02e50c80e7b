//! Applies a patch body to the current object.

use kontiki_api::request::PatchType;
use kontiki_api::status::Status;
use serde_json::Value;

use crate::decode;
use crate::write::Context;

/// The current object with the request's patch applied, checked like one that was sent.
///
/// # Errors
/// 400 where the patch cannot be read, 422 where it does not fit the object.
pub(crate) fn patch(ctx: &mut Context<'_>, form: PatchType, current: &Value) -> Result<Value, Status> {
    decode::check_nesting(&ctx.request.body)?;
    let object = kontiki_api::patch::apply(ctx.kind, form, &ctx.request.body, current)?;
    decode::patched(ctx.kind, object, ctx.options.validation, &mut ctx.warnings)
}
