//! Mutating webhooks, one after the other.

use std::sync::Arc;

use kontiki_api::decode::settle_numbers;
use kontiki_api::kind::Kind;
use kontiki_api::status::Status;
use serde_json::Value;
use tracing::warn;

use super::call::call;
use super::exempt::is_exempt;
use super::failure::Failure;
use super::hook::Hook;
use super::invocation::invocation;
use super::patched::patched;
use super::place::Place;
use super::{Rounds, Subject};
use crate::apart::APART;

/// Asks the mutating webhooks in the order of their names, each about what those before made of `object`.
///
/// # Errors
/// The first refusal, or failure of one that does not fail open.
pub(crate) async fn mutate(
    subject: &Subject<'_>,
    object: &mut Value,
    old: Option<&Value>,
    rounds: &mut Rounds,
    warnings: &mut Vec<String>,
) -> Result<(), Status> {
    let server = subject.server;
    let hooks = server.hooks.mutating(&*server.config.store);
    if hooks.is_empty() || is_exempt(subject) {
        return Ok(());
    }
    if server.config.apart {
        return pass_by(&hooks, true, subject, object, old, warnings).await;
    }
    rounds.begin(object);
    for (index, hook) in hooks.iter().enumerate() {
        let place = Place { round: rounds.number(), index };
        let Some(row) = called(hook, subject, object, old, rounds).await? else { continue };
        match one(hook, place, subject, &row, object, old, warnings).await {
            Ok(changed) => rounds.was_called(hook, changed),
            Err(Failure::Calling(why)) if hook.fails_open => {
                rounds.was_called(hook, false);
                server.hook_figures.failed_open(hook, true);
                place.failed_open(hook);
                warn!(webhook = hook.name, why, "failed calling a webhook, failing open");
            }
            Err(failure) => return Err(failure.into_status(&hook.name)),
        }
    }
    rounds.end(object);
    Ok(())
}

async fn called(
    hook: &Hook,
    subject: &Subject<'_>,
    object: &Value,
    old: Option<&Value>,
    rounds: &Rounds,
) -> Result<Option<Arc<Kind>>, Status> {
    if rounds.calls(hook) { invocation(hook, true, subject, object, old).await } else { Ok(None) }
}

/// In a sandbox the webhooks are not called, whatever their failure policy: only a warning tells which would have been.
///
/// # Errors
/// What tells which are meant does not evaluate.
pub(super) async fn pass_by(
    hooks: &[Arc<Hook>],
    mutating: bool,
    subject: &Subject<'_>,
    object: &Value,
    old: Option<&Value>,
    warnings: &mut Vec<String>,
) -> Result<(), Status> {
    for hook in hooks {
        if invocation(hook, mutating, subject, object, old).await?.is_some() {
            warnings.push(format!("webhook {:?} was not asked: {APART}", hook.name));
        }
    }
    Ok(())
}

/// Whether it changed the object.
async fn one(
    hook: &Hook,
    place: Place,
    subject: &Subject<'_>,
    row: &Arc<Kind>,
    object: &mut Value,
    old: Option<&Value>,
    warnings: &mut Vec<String>,
) -> Result<bool, Failure> {
    let (now, before) = subject.sides(object, old);
    let (shown, before) = (show(subject, row, now).await?, show(subject, row, before).await?);
    let verdict = call(hook, true, subject, row, &shown, &before).await?;
    warnings.extend(verdict.warnings);
    if !verdict.patch.is_empty() && verdict.patch_type != "JSONPatch" {
        return Err(Failure::Calling(format!("unsupported patch type {:?}", verdict.patch_type)));
    }
    let patched = patched(hook, subject, row, &shown, &verdict.patch)?.filter(|patched| *patched != shown);
    place.called(hook, subject, patched.is_some(), &verdict.patch);
    let Some(patched) = patched else { return Ok(false) };
    subject.take(row, patched, object).await.map_err(Failure::Final)?;
    Ok(true)
}

/// What is sent of `object`, its numbers as they are read again; nothing where there is none.
pub(super) async fn show(subject: &Subject<'_>, row: &Arc<Kind>, object: Option<&Value>) -> Result<Value, Failure> {
    match object {
        Some(object) => {
            let mut shown = subject.show(row, object).await.map_err(Failure::Final)?;
            if row.custom.is_some() {
                settle_numbers(&mut shown);
            }
            Ok(shown)
        }
        None => Ok(Value::Null),
    }
}
