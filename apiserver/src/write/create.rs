//! POST of a new object.

use std::sync::Arc;

use kontiki_api::kind::Kind;
use kontiki_api::meta::Key;
use kontiki_api::request::Request;
use kontiki_api::status::{Reason, Status};
use kontiki_store::Requirement;

use super::apply::Apply;
use super::update::complete;
use super::{Context, Fate, store};
use crate::admit::Operation;
use crate::commit::{Attempts, Extras, Fault};
use crate::custom::finalizer_warnings;
use crate::decode;
use crate::manage::track_create;
use crate::mutate::{Phase, run_plugins};
use crate::prepare::{Seen, at_creation, drop_repeated_owners, meta_text, prepare_create, stamp_creation};
use crate::server::{Answer, Content, Server};
use crate::validate::validate_create;

/// Makes the object in the body of `request`.
///
/// # Errors
/// 400, 403, 409, 415, 422 in their places.
pub(crate) async fn create(server: &Server, kind: &Arc<Kind>, request: &Request) -> Result<Answer, Status> {
    let mut ctx = Context::new(server, kind, request)?;
    let mut attempts = Attempts::new(&server.turns);
    loop {
        match create_once(&mut ctx, attempts.number, New::Sent).await {
            Ok(content) => return Ok(Answer { code: 201, content, warnings: ctx.warnings }),
            Err(Fault::Stale(status, _)) if !may_differ(&ctx, &status) => return Err(ctx.warned(status)),
            Err(fault) => attempts.again(fault).await.map_err(|status| ctx.warned(status))?,
        }
    }
}

/// A name that is taken stays taken, unless the server itself chose it.
fn may_differ(ctx: &Context<'_>, status: &Status) -> bool {
    status.reason != Reason::AlreadyExists || !ctx.request.body.is_empty() && generates(ctx)
}

fn generates(ctx: &Context<'_>) -> bool {
    let body = decode::body(ctx.request).unwrap_or_default();
    meta_text(&body, "name").is_empty() && !meta_text(&body, "generateName").is_empty()
}

/// Where a new object comes from.
#[derive(Clone, Copy)]
pub(super) enum New<'a> {
    /// The body of the request.
    Sent,
    /// A configuration that is applied to nothing.
    Applied(&'a Apply),
}

/// One attempt to make an object.
///
/// # Errors
/// As [`create`]; `Stale` where its name is taken.
pub(super) async fn create_once(ctx: &mut Context<'_>, attempt: u32, new: New<'_>) -> Result<Content, Fault> {
    ctx.warnings.clear();
    let mut object = match new {
        New::Sent => decode::object(ctx.kind, ctx.request, ctx.options.validation, &mut ctx.warnings)?,
        New::Applied(apply) => apply.create(ctx)?,
    };
    ctx.to_stored(&mut object);
    at_creation(ctx, &mut object)?;
    let stored = Arc::clone(&ctx.stored);
    let mut extras = Extras::default();
    let applied = matches!(new, New::Applied(_));
    complete(&stored, &mut object, applied);
    if !applied {
        drop_repeated_owners(&mut object, Seen::Sent, &mut ctx.warnings);
        track_create(ctx, &mut object);
    }
    if ctx.kind.custom.as_ref().is_some_and(|custom| custom.crd().terminating) {
        let why = "create not allowed while custom resource definition is terminating";
        return Err(Fault::Final(Status::forbidden(&ctx.kind.group, &ctx.kind.plural, meta_text(&object, "name"), why)));
    }
    run_plugins(ctx, Phase::Mutate, Operation::Create, &mut object, None, &mut extras).await?;
    stamp_creation(ctx, &mut object)?;
    drop_repeated_owners(&mut object, Seen::Admitted, &mut ctx.warnings);
    complete(&stored, &mut object, applied);
    // What is prepared may be what is warned of.
    let mut warnings = (stored.hooks.warn)(&object);
    if stored.custom.is_some() {
        warnings.extend(finalizer_warnings(&object, None));
    }
    prepare_create(ctx, &mut object);
    let key = Key::new(stored.resource.clone(), ctx.request.target.namespace.clone(), meta_text(&object, "name"));
    // A name that is taken is told before addresses and numbers that the one of that name may hold.
    // A request that is repeated is left to the store, which answers it with the first outcome.
    let repeated = ctx.server.config.store.outcome(ctx.id).is_some();
    let taken = !repeated && ctx.server.config.store.get(&key).is_some();
    let exists = || Fault::Stale(Status::already_exists(&ctx.kind.group, &ctx.kind.plural, &key.name), None);
    let allocated = run_plugins(ctx, Phase::Allocate, Operation::Create, &mut object, None, &mut extras).await;
    allocated.map_err(|refused| if taken { exists() } else { refused.into() })?;
    validate_create(ctx, &object)?;
    ctx.warnings.extend(warnings);
    run_plugins(ctx, Phase::Validate, Operation::Create, &mut object, None, &mut extras).await?;
    if taken {
        return Err(exists());
    }
    (stored.hooks.written)(&mut object);
    if ctx.options.dry_run {
        return Ok(ctx.unstored(object).await?);
    }
    let object = store(ctx, attempt, key, Requirement::Absent, object, extras, Fate::Stays).await?;
    Ok(Content::Object(Arc::clone(ctx.kind), object))
}
