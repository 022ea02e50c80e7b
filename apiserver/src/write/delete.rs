//! DELETE of one object.

use std::sync::Arc;

use kontiki_api::kind::Kind;
use kontiki_api::meta::Key;
use kontiki_api::object::Object;
use kontiki_api::request::Request;
use kontiki_api::status::Status;
use serde_json::{Value, json};

use super::begin_deletion::begin_deletion;
use super::{Context, Fate, fate, finish};
use crate::admit::Operation;
use crate::commit::{Attempts, Extras, Fault};
use crate::decode::DeleteOptions;
use crate::mutate::{Phase, run_plugins};
use crate::read::{absent, key_of};
use crate::server::{Answer, Content, Server};

/// Deletes the object that `request` names, or begins to.
///
/// # Errors
/// 404, 409 where a precondition does not hold, 403 where a plug-in refuses.
pub(crate) async fn delete(server: &Server, kind: &Arc<Kind>, request: &Request) -> Result<Answer, Status> {
    let options = DeleteOptions::read(request)?;
    let mut ctx = Context::new(server, kind, request)?;
    ctx.options.dry_run |= options.dry_run;
    ctx.warnings.extend(orphans(kind, &options));
    let deleted = delete_one(&mut ctx, &key_of(kind, &request.target), &options, &Unguarded).await;
    let Deleted { object, content, gone } = deleted.map_err(|status| ctx.warned(status))?;
    let (code, content) = if gone && !kind.returns_deleted {
        (200, Content::Value(success(kind, &object)))
    } else {
        // As upstream: whoever says that dependents go too is told that the deletion is only accepted.
        (if options.orphan == Some(false) && !gone { 202 } else { 200 }, content)
    };
    Ok(Answer { code, content, warnings: ctx.warnings })
}

/// What is warned of where a deletion with `options` leaves dependents behind without having said so.
pub(super) fn orphans(kind: &Kind, options: &DeleteOptions) -> Option<String> {
    let warning = kind.orphans.as_ref().filter(|warning| !warning.is_empty() && options.propagation.is_none());
    warning.map(ToString::to_string)
}

/// Decides whether an object may be deleted now, and what else the commit must do.
pub(crate) trait Guard: Sync {
    /// What the commit carries besides the deletion.
    ///
    /// # Errors
    /// The refusal.
    fn check(&self, ctx: &Context<'_>, object: &Object) -> Result<Extras, Status>;

    /// Writes into the object what shall be seen of why it goes.
    fn explain(&self, _ctx: &Context<'_>, _object: &mut Value) {}
}

/// Any object may be deleted.
pub(crate) struct Unguarded;

impl Guard for Unguarded {
    fn check(&self, _ctx: &Context<'_>, _object: &Object) -> Result<Extras, Status> {
        Ok(Extras::default())
    }
}

/// What a deletion leaves.
pub(crate) struct Deleted {
    /// The newest or last state that is stored.
    object: Arc<Object>,
    /// The same, or what a dry run would have stored.
    content: Content,
    /// Whether nothing held it back.
    gone: bool,
}

/// Deletes one object, or begins to.
///
/// # Errors
/// As [`delete`], and what `guard` refuses.
pub(crate) async fn delete_one(
    ctx: &mut Context<'_>,
    key: &Key,
    options: &DeleteOptions,
    guard: &dyn Guard,
) -> Result<Deleted, Status> {
    ctx.deletion = Some(options.clone());
    let mut attempts = Attempts::at(&ctx.server.turns, key).await;
    loop {
        match delete_once(ctx, key, options, guard, attempts.number).await {
            Ok(deleted) => return Ok(deleted),
            Err(fault) => attempts.again(fault).await?,
        }
    }
}

async fn delete_once(
    ctx: &mut Context<'_>,
    key: &Key,
    options: &DeleteOptions,
    guard: &dyn Guard,
    attempt: u32,
) -> Result<Deleted, Fault> {
    let found = ctx.server.config.store.get(key);
    let current = found.ok_or_else(|| absent(ctx.kind, &key.name))?;
    let current = ctx.serve(current).await?;
    insist(ctx.kind, &current, options)?;
    let old = current.to_value();
    let mut extras = guard.check(ctx, &current)?;
    run_plugins(ctx, Phase::Validate, Operation::Delete, &mut Value::Null, Some(&old), &mut extras).await?;
    let mut object = old.clone();
    guard.explain(ctx, &mut object);
    let graceful = begin_deletion(&ctx.stored, &mut object, options, ctx.now);
    let fate = match fate(ctx, &object) {
        Fate::Goes if graceful => Fate::SeenAndGoes,
        fate => fate,
    };
    if fate == Fate::Goes {
        object = old.clone();
    }
    let content = finish(ctx, &current, object, &old, extras, (attempt, fate)).await?;
    let object = match &content {
        Content::Object(_, object) => Arc::clone(object),
        _ => current,
    };
    Ok(Deleted { object, content, gone: fate != Fate::Stays })
}

fn insist(kind: &Kind, current: &Object, options: &DeleteOptions) -> Result<(), Status> {
    let why = match (&options.uid, &options.revision) {
        (Some(uid), _) if **uid != *current.head.uid => format!(
            "the UID in the precondition ({uid}) does not match the UID in record ({}). The object might have been deleted and \
             then recreated",
            current.head.uid
        ),
        (_, Some(revision)) if *revision != current.revision.to_string() => format!(
            "the ResourceVersion in the precondition ({revision}) does not match the ResourceVersion in record ({}). The object \
             might have been modified",
            current.revision
        ),
        _ => return Ok(()),
    };
    // Upstream names the kind here, not the resource.
    Err(Status::conflict(&kind.group, &kind.kind, &current.key.name, &why))
}

/// The Status that tells of a finished deletion.
pub(crate) fn success(kind: &Kind, object: &Object) -> Value {
    let mut details = json!({"name": &*object.key.name, "kind": &*kind.plural, "uid": &*object.head.uid});
    if !kind.group.is_empty() {
        details["group"] = (*kind.group).into();
    }
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details})
}
