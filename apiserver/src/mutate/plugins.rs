//! Runs admission over one object: the plug-ins and the webhooks.

use std::sync::Arc;
use std::time::Instant;

use kontiki_api::kind::Kind;
use kontiki_api::request::{Target, User};
use kontiki_api::status::Status;
use serde_json::Value;

use super::Concerned;
use crate::admit::hooks::{self, Rounds, Subject, connection};
use crate::admit::{Admission, Operation, Plugin};
use crate::commit::Extras;
use crate::metrics::{Part, Step};
use crate::server::Server;
use crate::write::Context;

/// Which part of admission runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Plug-ins, then webhooks may change the object.
    Mutate,
    /// Plug-ins take addresses and numbers for it.
    Allocate,
    /// Plug-ins, then webhooks may only refuse it; quotas come last. A deletion, which nobody can change, is shown
    /// to the mutating webhooks first.
    Validate,
    /// Plug-ins give back what it had, now that it goes for good.
    Release,
}

/// Asks everybody, in order; what they see and want goes to `extras` and the context's warnings.
///
/// # Errors
/// The first refusal.
pub(crate) async fn run_plugins(
    ctx: &mut Context<'_>,
    phase: Phase,
    operation: Operation,
    object: &mut Value,
    old: Option<&Value>,
    extras: &mut Extras,
) -> Result<(), Status> {
    if ctx.asked && matches!(phase, Phase::Mutate | Phase::Validate) {
        return Ok(());
    }
    let subject = Subject::of(ctx, operation);
    let mut admission = Admission {
        subject: Some(&subject),
        operation,
        kind: ctx.stored.as_ref(),
        target: &ctx.request.target,
        user: &ctx.request.user,
        object,
        old,
        now: ctx.now,
        dry_run: ctx.options.dry_run,
        again: false,
        store: &*ctx.server.config.store,
        preconditions: std::mem::take(&mut extras.preconditions),
        reserves: std::mem::take(&mut extras.reserves),
        changes: std::mem::take(&mut extras.changes),
        holds: std::mem::take(&mut extras.holds),
        warnings: std::mem::take(&mut ctx.warnings),
    };
    let result = in_phase(phase, &subject, &ctx.concerned, &mut admission).await;
    let Admission { preconditions, reserves, changes, holds, warnings, .. } = admission;
    *extras = Extras { preconditions, reserves, changes, holds };
    // Whoever refuses may have had something to say besides.
    ctx.warnings = warnings;
    result
}

async fn in_phase(phase: Phase, subject: &Subject<'_>, asked: &Concerned, admission: &mut Admission<'_>) -> Result<(), Status> {
    match phase {
        Phase::Mutate => mutate(subject, asked, admission).await,
        Phase::Validate => validate(subject, asked, admission).await,
        Phase::Allocate => asked.of_all(subject.server).try_for_each(|(_, plugin)| plugin.allocate(admission)),
        Phase::Release => asked.of_all(subject.server).try_for_each(|(_, plugin)| plugin.release(admission)),
    }
}

/// Asks those who are `asked`, in order, and notes how long each took.
async fn each(server: &Server, asked: &Concerned, part: Part, admission: &mut Admission<'_>) -> Result<(), Status> {
    let mut begun = Instant::now();
    for (at, plugin) in asked.of_all(server) {
        let result = match part.step {
            Step::Admit => change(plugin, admission).await,
            Step::Validate => judge(plugin, admission).await,
        };
        let now = Instant::now();
        server.admission_figures.plugin((at, plugin.name()), part, result.is_err(), now - begun);
        begun = now;
        result?;
    }
    Ok(())
}

/// Asks one plug-in to change the object.
async fn change(plugin: &dyn Plugin, admission: &mut Admission<'_>) -> Result<(), Status> {
    plugin.mutate(admission)?;
    match plugin.mutate_waiting(admission) {
        Some(waiting) => waiting.await,
        None => Ok(()),
    }
}

/// Asks one plug-in whether it lets the object pass.
async fn judge(plugin: &dyn Plugin, admission: &mut Admission<'_>) -> Result<(), Status> {
    plugin.validate(admission)?;
    match plugin.validate_waiting(admission) {
        Some(waiting) => waiting.await,
        None => Ok(()),
    }
}

/// Plug-ins, then webhooks; where a webhook changed the object, once more.
async fn mutate(subject: &Subject<'_>, asked: &Concerned, admission: &mut Admission<'_>) -> Result<(), Status> {
    let mut rounds = Rounds::default();
    mutate_once(subject, asked, admission, &mut rounds).await?;
    if rounds.wants_second() {
        admission.preconditions.clear();
        rounds.begin_second();
        admission.again = true;
        mutate_once(subject, asked, admission, &mut rounds).await?;
    }
    Ok(())
}

async fn mutate_once(
    subject: &Subject<'_>,
    asked: &Concerned,
    admission: &mut Admission<'_>,
    rounds: &mut Rounds,
) -> Result<(), Status> {
    let (begun, figures) = (Instant::now(), &subject.server.admission_figures);
    let part = Part { step: Step::Admit, operation: subject.operation };
    let result = async {
        each(subject.server, asked, part, admission).await?;
        hooks::mutate(subject, admission.object, admission.old, rounds, &mut admission.warnings).await
    };
    let result = result.await;
    figures.step(part, result.is_err(), begun.elapsed());
    result
}

async fn validate(subject: &Subject<'_>, asked: &Concerned, admission: &mut Admission<'_>) -> Result<(), Status> {
    if admission.operation == Operation::Delete {
        let mut rounds = Rounds::default();
        hooks::mutate(subject, admission.object, admission.old, &mut rounds, &mut admission.warnings).await?;
    }
    let (begun, figures) = (Instant::now(), &subject.server.admission_figures);
    let part = Part { step: Step::Validate, operation: subject.operation };
    let result = async {
        each(subject.server, asked, part, admission).await?;
        hooks::validate(subject, admission.object, admission.old, &mut admission.warnings).await?;
        for (_, plugin) in asked.of_all(subject.server) {
            plugin.charge(admission)?;
        }
        Ok::<(), Status>(())
    };
    let result = result.await;
    figures.step(part, result.is_err(), begun.elapsed());
    result
}

/// Asks everybody about `body`, which a request to create something that is not stored brought: a binding, an eviction, a
/// review, a token request. They may change it. The context's own admission is over with that.
///
/// # Errors
/// The first refusal.
pub(crate) async fn admit_sent(ctx: &mut Context<'_>, body: &mut Value) -> Result<(), Status> {
    let subject = Subject::sent(ctx);
    let (request, store) = (ctx.request, &*ctx.server.config.store);
    let mut admission = Admission {
        subject: Some(&subject),
        dry_run: ctx.options.dry_run,
        ..Admission::new(Operation::Create, ctx.kind, &request.target, &request.user, store, body, ctx.now)
    };
    let asked = Concerned::of(ctx.server, ctx.kind);
    let result = match mutate(&subject, &asked, &mut admission).await {
        Ok(()) => validate(&subject, &asked, &mut admission).await,
        refused => refused,
    };
    let warnings = admission.warnings;
    ctx.warnings.extend(warnings);
    ctx.asked = true;
    result
}

/// Asks everybody whether `user` may connect to `target`, and to `rest` behind it, with the parameters `query`. Answers the
/// options by which to connect, null where upstream reads rather than connects, and what the client shall be warned of.
///
/// # Errors
/// 400 for options that cannot be read; the first refusal.
pub(crate) async fn admit_connection(
    server: &Server,
    kind: &Arc<Kind>,
    target: &Target,
    user: &User,
    rest: &str,
    query: &[(String, String)],
) -> Result<(Value, Vec<String>), Status> {
    let (subject, options) = connection(server, kind, target, user, rest, query)?.unzip();
    let mut options = options.unwrap_or_default();
    let store = &*server.config.store;
    let mut admission = Admission::new(Operation::Connect, kind, target, user, store, &mut options, server.now());
    admission.subject = subject.as_ref();
    let result = judge_connection(server, kind, &mut admission).await;
    let warnings = admission.warnings;
    match result {
        Ok(()) => Ok((options, warnings)),
        Err(status) => Err(status.warned(warnings)),
    }
}

async fn judge_connection(server: &Server, kind: &Kind, admission: &mut Admission<'_>) -> Result<(), Status> {
    if let Some(subject) = admission.subject {
        hooks::mutate(subject, admission.object, None, &mut Rounds::default(), &mut admission.warnings).await?;
    }
    for (_, plugin) in Concerned::of(server, kind).of_all(server) {
        judge(plugin, admission).await?;
    }
    match admission.subject {
        Some(subject) => hooks::validate(subject, admission.object, None, &mut admission.warnings).await,
        None => Ok(()),
    }
}
