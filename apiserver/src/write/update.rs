//! PUT and PATCH.

use std::sync::Arc;

use kontiki_api::Text;
use kontiki_api::apply::Reset;
use kontiki_api::go::parse_uint;
use kontiki_api::kind::Kind;
use kontiki_api::kind::validate::{Faults, Path};
use kontiki_api::object::Object;
use kontiki_api::place;
use kontiki_api::request::{PatchType, Request, Target, Verb};
use kontiki_api::status::{Reason, Status};
use serde_json::Value;

use super::apply::apply;
use super::edit::unsaid_revision;
use super::{Context, Edit, Edited, Fate, create, edit_of, fate, finish, patch_type};
use crate::admit::Operation;
use crate::commit::{Attempts, Extras, Fault, modified};
use crate::custom::finalizer_warnings;
use crate::decode;
use crate::manage::{keep_times, track_update};
use crate::mutate::{Phase, run_plugins};
use crate::prepare::{Part, Seen, drop_repeated_owners, meta_text, metadata, prepare_update, restrict};
use crate::read::{find, key_of};
use crate::server::{Answer, Content, Server, permit};
use crate::validate::validate_update;

/// Changes the object that `request` names.
///
/// # Errors
/// 400, 403, 404, 409, 415, 422 in their places.
pub(crate) async fn update(server: &Server, kind: &Arc<Kind>, request: &Request) -> Result<Answer, Status> {
    if request.verb == Verb::Patch && patch_type(kind, request)? == PatchType::Apply {
        return apply(server, kind, request).await;
    }
    let mut ctx = Context::new(server, kind, request)?;
    let edit = edit_of(kind, request, Reset::default())?;
    match change(&mut ctx, Part::Object, &*edit).await {
        Err(status) if status.reason == Reason::NotFound && kind.put_creates && request.verb == Verb::Update => {
            put_new(server, kind, request, status).await
        }
        Err(status) => Err(ctx.warned(status)),
        Ok(content) => Ok(Answer { code: 200, content, warnings: ctx.warnings }),
    }
}

/// PUT of an object that is not there, by who may create it; `absent` is the answer to who meant a certain one.
async fn put_new(server: &Server, kind: &Arc<Kind>, request: &Request, absent: Status) -> Result<Answer, Status> {
    let object = decode::body(request)?;
    if !meta_text(&object, "resourceVersion").is_empty() || !meta_text(&object, "uid").is_empty() {
        return Err(absent);
    }
    check_name(&object, &request.target)?;
    permit(server, &request.user, Verb::Create.as_str(), &request.target)?;
    let mut creation = Request { verb: Verb::Create, ..request.clone() };
    creation.target.name = Text::default();
    create(server, kind, &creation).await
}

/// Reads, edits and commits, again where somebody else was faster and the client did not mind.
///
/// # Errors
/// As [`update`].
pub(crate) async fn change(ctx: &mut Context<'_>, part: Part, edit: &dyn Edit) -> Result<Content, Status> {
    let mut attempts = Attempts::at(&ctx.server.turns, &key_of(ctx.kind, &ctx.request.target)).await;
    loop {
        match change_once(ctx, part, edit, attempts.number).await {
            Ok(content) => return Ok(content),
            Err(fault) => attempts.again(fault).await?,
        }
    }
}

/// One attempt of [`change`].
///
/// # Errors
/// As [`change`]; `Stale` where somebody else was faster.
pub(super) async fn change_once(ctx: &mut Context<'_>, part: Part, edit: &dyn Edit, attempt: u32) -> Result<Content, Fault> {
    ctx.warnings.clear();
    let current = match find(ctx.server, ctx.kind, &ctx.request.target) {
        Ok(current) => ctx.serve(current).await?,
        Err(absent) => {
            edit.check(ctx)?;
            return Err(absent.into());
        }
    };
    let old = current.to_value();
    let edited = edited(ctx, edit, &old).await?;
    insist(ctx, &edited, &current)?;
    let Edited { mut object, revision, settled, .. } = edited;
    ctx.to_stored(&mut object);
    let stored = Arc::clone(&ctx.stored);
    let mut extras = Extras::default();
    keep_revision(&mut object, &old);
    restrict(&stored, part, &mut object, &old);
    settle(&stored, &mut object, &old, settled);
    if ctx.request.verb == Verb::Update {
        drop_repeated_owners(&mut object, Seen::Sent, &mut ctx.warnings);
    }
    if !settled {
        track_update(ctx, part, &mut object, &old).await;
    }
    run_plugins(ctx, Phase::Mutate, Operation::Update, &mut object, Some(&old), &mut extras).await?;
    drop_repeated_owners(&mut object, Seen::Admitted, &mut ctx.warnings);
    settle(&stored, &mut object, &old, settled);
    prepare_update(&stored, part, &mut object, &old, ctx.now);
    run_plugins(ctx, Phase::Allocate, Operation::Update, &mut object, Some(&old), &mut extras).await?;
    let forgiven = validate_update(ctx, part, &object, &old)?;
    ctx.warnings.extend(forgiven);
    if part == Part::Object && may_warn(&object, &old) {
        ctx.warnings.extend((stored.hooks.warn_update)(&object, &old));
    }
    if part == Part::Object && stored.custom.is_some() {
        ctx.warnings.extend(finalizer_warnings(&object, Some(&old)));
    }
    run_plugins(ctx, Phase::Validate, Operation::Update, &mut object, Some(&old), &mut extras).await?;
    keep_times(&mut object, &old);
    let insisted = !revision.is_empty() && revision != ANY;
    let fate = fate(ctx, &object);
    let finished = finish(ctx, &current, object, &old, extras, (attempt, fate)).await.map_err(|fault| match fault {
        Fault::Stale(status, key) if insisted && key.as_ref().is_none_or(|key| *key == current.key) => Fault::Final(status),
        other => other,
    });
    Ok(match finished? {
        // As upstream: who watches from there on is told of the deletion.
        Content::Object(kind, object) if fate == Fate::Goes => Content::Object(kind, object.republished(current.revision)),
        content => content,
    })
}

/// Fills in defaults, but for an object that was applied and is as it was.
fn settle(kind: &Kind, object: &mut Value, old: &Value, applied: bool) {
    if !(applied && object == old) {
        complete(kind, object, applied);
    }
}

/// Fills in defaults; of an object that was applied no null is dropped.
pub(super) fn complete(kind: &Kind, object: &mut Value, applied: bool) {
    if applied { kind.complete(object) } else { kind.default(object) }
}

/// Whether clients are warned of what `object` holds: as upstream, where its spec is as it was they know already. Kinds without
/// a generation are warned of each time.
fn may_warn(object: &Value, old: &Value) -> bool {
    let generation = |object: &Value| place(object, "/metadata/generation").and_then(Value::as_i64);
    generation(object).is_none() || generation(object) != generation(old)
}

/// The edited object; made again where it took a webhook to know what managers of other versions own.
async fn edited(ctx: &mut Context<'_>, edit: &dyn Edit, old: &Value) -> Result<Edited, Status> {
    loop {
        let edited = edit_current(ctx, edit, old);
        if !ctx.conversions.learn(&ctx.server.webhooks).await? {
            return edited;
        }
        ctx.warnings.clear();
    }
}

fn edit_current(ctx: &mut Context<'_>, edit: &dyn Edit, old: &Value) -> Result<Edited, Status> {
    if ctx.kind.conversion.is_none() {
        return edit.edit(ctx, old);
    }
    let mut current = old.clone();
    ctx.as_served(&mut current);
    edit.edit(ctx, &current)
}

/// The current revision stands in the new object as in the old, so that both compare.
fn keep_revision(object: &mut Value, old: &Value) {
    if let Some(revision) = place(old, "/metadata/resourceVersion") {
        metadata(object).insert("resourceVersion".into(), revision.clone());
    }
}

/// Checks that `object` is named as the path names it.
///
/// # Errors
/// 400 where it is not.
pub(super) fn check_name(object: &Value, target: &Target) -> Result<(), Status> {
    let (name, wanted) = (meta_text(object, "name"), &target.name);
    let why = match name {
        "" => format!("the name of the object ({wanted} based on URL) was undeterminable: name must be provided"),
        name if name != &**wanted => format!("the name of the object ({name}) does not match the name on the URL ({wanted})"),
        _ => return Ok(()),
    };
    Err(Status::bad_request(why))
}

/// Checks that `object` is named as the path names it, and of its namespace.
///
/// # Errors
/// 400 where it is not.
pub(crate) fn check_place(object: &Value, target: &Target) -> Result<(), Status> {
    check_name(object, target)?;
    let namespace = meta_text(object, "namespace");
    if target.namespace.is_empty() || namespace.is_empty() || namespace == &*target.namespace {
        return Ok(());
    }
    Err(Status::bad_request("the namespace of the provided object does not match the namespace sent on the request"))
}

/// Checks that the new object is meant for the current one.
///
/// # Errors
/// 400 where names disagree, 409 where the revision does or that of a PUT has another uid, 422 where a patch sets another.
fn insist(ctx: &Context<'_>, edited: &Edited, current: &Object) -> Result<(), Status> {
    let (target, Edited { object, revision, unsaid, .. }) = (&ctx.request.target, edited);
    check_place(object, target)?;
    let uid = meta_text(object, "uid");
    let is_other = !uid.is_empty() && *uid != *current.head.uid;
    if is_other && ctx.request.verb != Verb::Patch {
        return Err(other_uid(ctx.kind, &target.name, uid, &current.head.uid));
    }
    if ctx.kind.put_names_revision && (*unsaid || revision == ANY) {
        return Err(unsaid_revision(ctx));
    }
    if matches!(revision.as_str(), "" | ANY) {
        return if is_other { Err(immutable(ctx, "uid", uid)) } else { Ok(()) };
    }
    // Upstream blames itself for a revision that is no number, with a 500.
    parse_uint(revision).map_err(Status::bad_request)?;
    if *revision != current.revision.to_string() {
        return Err(modified(ctx.kind, &target.name));
    }
    if is_other {
        return Err(immutable(ctx, "uid", uid));
    }
    Ok(())
}

/// 409 of who means an object of the uid `meant` where there is one of uid `found`.
pub(crate) fn other_uid(kind: &Kind, name: &str, meant: &str, found: &str) -> Status {
    let why = format!("Precondition failed: UID in precondition: {meant}, UID in object meta: {found}");
    Status::conflict(&kind.group, &kind.plural, name, &why)
}

/// The revision that stands for any.
const ANY: &str = "0";

/// 422 of a field of `metadata` that no update may set.
fn immutable(ctx: &Context<'_>, field: &str, value: &str) -> Status {
    let mut faults = Faults::default();
    faults.invalid_text(&Path::new("metadata").child(field), value, "field is immutable");
    Status::invalid(ctx.kind, &ctx.request.target.name, &faults.into_errors())
}
