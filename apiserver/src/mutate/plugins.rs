//! Runs the admission plug-ins over one object.

use kontiki_api::kind::Kind;
use kontiki_api::request::{Target, User};
use kontiki_api::status::Status;
use serde_json::Value;

use crate::admit::{Admission, Operation};
use crate::commit::Extras;
use crate::server::Server;
use crate::write::Context;

/// Which part of admission runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Plug-ins may change the object.
    Mutate,
    /// Plug-ins take addresses and numbers for it.
    Allocate,
    /// Plug-ins may only refuse it.
    Validate,
    /// Plug-ins give back what it had, now that it goes for good.
    Release,
}

/// Asks every plug-in, in order; what they see and want goes to `extras` and the context's warnings.
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
    let mut admission = Admission {
        operation,
        kind: ctx.stored.as_ref(),
        target: &ctx.request.target,
        user: &ctx.request.user,
        object,
        old,
        dry_run: ctx.options.dry_run,
        store: &*ctx.server.config.store,
        preconditions: std::mem::take(&mut extras.preconditions),
        reserves: std::mem::take(&mut extras.reserves),
        changes: std::mem::take(&mut extras.changes),
        warnings: std::mem::take(&mut ctx.warnings),
    };
    for plugin in &ctx.server.config.plugins {
        match phase {
            Phase::Mutate => plugin.mutate(&mut admission).await?,
            Phase::Allocate => plugin.allocate(&mut admission).await?,
            Phase::Validate => plugin.validate(&mut admission).await?,
            Phase::Release => plugin.release(&mut admission).await?,
        }
    }
    let Admission { preconditions, reserves, changes, warnings, .. } = admission;
    *extras = Extras { preconditions, reserves, changes };
    ctx.warnings = warnings;
    Ok(())
}

/// Asks every plug-in whether `user` may connect to `target`.
///
/// # Errors
/// The first refusal.
pub(crate) async fn admit_connection(server: &Server, kind: &Kind, target: &Target, user: &User) -> Result<(), Status> {
    let mut admission = Admission {
        operation: Operation::Connect,
        kind,
        target,
        user,
        object: &mut Value::Null,
        old: None,
        dry_run: false,
        store: &*server.config.store,
        preconditions: Vec::new(),
        reserves: Vec::new(),
        changes: Vec::new(),
        warnings: Vec::new(),
    };
    for plugin in &server.config.plugins {
        plugin.validate(&mut admission).await?;
    }
    Ok(())
}
