//! One write in the eyes of field management.

use kontiki_api::apply::{Reset, Tracker};
use kontiki_api::status::Status;
use serde_json::Value;

use super::{RowVersions, by_webhook, reset_of};
use crate::prepare::{Part, metadata};
use crate::write::Context;

/// Notes that whoever asks creates `object`, which is of the stored version.
pub(crate) fn track_create(ctx: &Context<'_>, object: &mut Value) {
    let reset = reset_of(&ctx.stored, Part::Object);
    in_served_version(ctx, object, |object| {
        let versions = RowVersions::new(ctx, &[object]);
        with_tracker(ctx, &versions, reset, |tracker| tracker.created(object));
    });
}

/// Notes that whoever asks makes `object` of `old`; both are of the stored version. Where a webhook that converts between the
/// versions of managers fails, those of other versions keep what they have.
pub(crate) async fn track_update(ctx: &mut Context<'_>, part: Part, object: &mut Value, old: &Value) {
    let before = by_webhook(ctx.kind).then(|| object.clone());
    note_update(ctx, part, object, old);
    let Some(before) = before else { return };
    while ctx.conversions.learn(&ctx.server.webhooks).await.unwrap_or_default() {
        object.clone_from(&before);
        note_update(ctx, part, object, old);
    }
}

fn note_update(ctx: &Context<'_>, part: Part, object: &mut Value, old: &Value) {
    let reset = match part {
        // What the part may not touch has been put back before.
        Part::Object | Part::Status => Reset::default(),
        Part::Places | Part::Own => reset_of(&ctx.stored, part),
    };
    let versions = RowVersions::new(ctx, &[object, old]);
    if ctx.kind.conversion.is_none() {
        return with_tracker(ctx, &versions, reset, |tracker| tracker.updated(old, object));
    }
    let mut old = old.clone();
    ctx.as_served(&mut old);
    in_served_version(ctx, object, |object| with_tracker(ctx, &versions, reset, |tracker| tracker.updated(&old, object)));
}

/// `live` with `config` applied by whoever asks; both are of the path's version.
///
/// # Errors
/// 400 where `config` does not fit, 409 where it would change what others manage.
pub(crate) fn apply_to(ctx: &Context<'_>, reset: Reset, live: Option<&Value>, config: &Value) -> Result<Value, Status> {
    let force = ctx.options.force;
    let versions = RowVersions::new(ctx, live.as_slice());
    with_tracker(ctx, &versions, reset, |tracker| tracker.applied(live, config, force)).map_err(Status::from)
}

fn with_tracker<T>(ctx: &Context<'_>, versions: &RowVersions<'_>, reset: Reset, run: impl FnOnce(&Tracker<'_>) -> T) -> T {
    let api_version = ctx.kind.api_version();
    run(&Tracker {
        versions,
        api_version: &api_version,
        subresource: &ctx.request.target.subresource,
        manager: &ctx.options.manager,
        now: ctx.now,
        reset,
    })
}

/// Lets `track` work on `object` as the path serves it, and keeps what it notes.
fn in_served_version(ctx: &Context<'_>, object: &mut Value, track: impl FnOnce(&mut Value)) {
    if ctx.kind.conversion.is_none() {
        return track(object);
    }
    let mut served = object.clone();
    ctx.as_served(&mut served);
    track(&mut served);
    match metadata(&mut served).shift_remove("managedFields") {
        Some(entries) => drop(metadata(object).insert("managedFields".into(), entries)),
        None => drop(metadata(object).shift_remove("managedFields")),
    }
}
