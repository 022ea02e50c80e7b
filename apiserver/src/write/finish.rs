//! The end of every change of an existing object.

use std::sync::Arc;

use kontiki_api::object::{Draft, Object};
use kontiki_api::place;
use kontiki_store::{Op, Requirement};
use serde_json::Value;

use super::{Context, store};
use crate::admit::Operation;
use crate::commit::{Extras, Fault};
use crate::mutate::{Phase, run_plugins};
use crate::prepare::{has_finalizers, is_deleting, metadata};
use crate::server::Content;

/// Commits `object` in the place of `current` (whose JSON is `old`): a deletion that nothing holds
/// back any more ends here, and a change that changes nothing is answered, not logged.
///
/// # Errors
/// `Stale` where the object has changed meanwhile.
pub(crate) async fn finish(
    ctx: &mut Context<'_>,
    current: &Arc<Object>,
    mut object: Value,
    old: &Value,
    mut extras: Extras,
    attempt: u32,
) -> Result<Content, Fault> {
    (ctx.stored.hooks.written)(&mut object);
    let ends = ends(ctx, &object);
    if !ends && !ctx.stale && object == *old && extras.changes.is_empty() {
        return Ok(Content::Object(Arc::clone(ctx.kind), Arc::clone(current)));
    }
    if ctx.options.dry_run {
        return Ok(ctx.unstored(object).await?);
    }
    if ends {
        run_plugins(ctx, Phase::Release, Operation::Delete, &mut Value::Null, Some(old), &mut extras).await?;
    }
    metadata(&mut object).shift_remove("resourceVersion");
    let (key, requirement) = (current.key.clone(), Requirement::Revision(current.revision));
    let op: fn(Draft) -> Op = if ends { |draft| Op::Delete(Some(draft)) } else { Op::Put };
    let object = store(ctx, attempt, key, requirement, object, extras, op).await?;
    Ok(Content::Object(Arc::clone(ctx.kind), object))
}

/// Whether the deletion of `object` has begun and nothing holds it back: no grace, no finalizers.
pub(super) fn ends(ctx: &Context<'_>, object: &Value) -> bool {
    let grace = place(object, "/metadata/deletionGracePeriodSeconds").and_then(Value::as_i64).unwrap_or_default();
    is_deleting(object) && grace == 0 && !has_finalizers(object) && !(ctx.stored.hooks.held)(object)
}
