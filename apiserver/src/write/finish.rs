//! The end of every change of an existing object.

use std::sync::Arc;

use kontiki_api::object::Object;
use kontiki_api::place;
use kontiki_store::Requirement;
use serde_json::Value;

use super::{Context, Fate, store};
use crate::admit::Operation;
use crate::commit::{Extras, Fault};
use crate::mutate::{Phase, run_plugins};
use crate::prepare::{has_finalizers, is_deleting, metadata};
use crate::server::Content;

/// Commits `object` in the place of `current` (whose JSON is `old`), as its `fate` is: a change that changes nothing is answered,
/// not logged.
///
/// # Errors
/// `Stale` where the object has changed meanwhile.
pub(crate) async fn finish(
    ctx: &mut Context<'_>,
    current: &Arc<Object>,
    mut object: Value,
    old: &Value,
    mut extras: Extras,
    (attempt, fate): (u32, Fate),
) -> Result<Content, Fault> {
    (ctx.stored.hooks.written)(&mut object);
    if fate == Fate::Stays && !ctx.stale && object == *old && extras.changes.is_empty() {
        return Ok(Content::Object(Arc::clone(ctx.kind), Arc::clone(current)));
    }
    if ctx.options.dry_run {
        return Ok(ctx.unstored(object).await?);
    }
    if fate != Fate::Stays {
        run_plugins(ctx, Phase::Release, Operation::Delete, &mut Value::Null, Some(old), &mut extras).await?;
    }
    metadata(&mut object).shift_remove("resourceVersion");
    let (key, requirement) = (current.key.clone(), Requirement::Revision(current.revision));
    let object = store(ctx, attempt, key, requirement, object, extras, fate).await?;
    Ok(Content::Object(Arc::clone(ctx.kind), object))
}

/// Where the deletion of `object` has begun and nothing holds it back, no grace and no finalizers, it ends.
pub(crate) fn fate(ctx: &Context<'_>, object: &Value) -> Fate {
    let grace = place(object, "/metadata/deletionGracePeriodSeconds").and_then(Value::as_i64).unwrap_or_default();
    let ends = is_deleting(object) && grace == 0 && !has_finalizers(object) && !(ctx.stored.hooks.held)(object);
    if ends { Fate::Goes } else { Fate::Stays }
}
