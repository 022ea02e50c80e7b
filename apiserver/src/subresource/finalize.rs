//! `finalize`: takes finalizers off `spec`, so that a deletion can end.

use kontiki_api::status::Status;
use serde_json::Value;

use crate::decode;
use crate::prepare::meta_text;
use crate::write::{Context, Edit, Edited, check_place};

/// PUT of an object whose `spec.finalizers` replaces the current one.
pub(super) struct Finalize;

impl Edit for Finalize {
    fn check(&self, ctx: &mut Context<'_>) -> Result<(), Status> {
        let body = decode::object(ctx.kind, ctx.request, ctx.options.validation, &mut ctx.warnings)?;
        check_place(&body, &ctx.request.target)
    }

    fn edit(&self, ctx: &mut Context<'_>, current: &Value) -> Result<Edited, Status> {
        let mut body = decode::object(ctx.kind, ctx.request, ctx.options.validation, &mut ctx.warnings)?;
        let revision = meta_text(&body, "resourceVersion").to_owned();
        let mut object = current.clone();
        let finalizers = body.pointer_mut("/spec/finalizers").map(Value::take).filter(|list| !list.is_null());
        object["spec"]["finalizers"] = finalizers.unwrap_or_else(|| Value::Array(Vec::new()));
        Ok(Edited::new(object, &revision))
    }
}
