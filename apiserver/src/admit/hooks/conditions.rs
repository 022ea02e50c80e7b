//! `matchConditions`.

use std::sync::Arc;

use kontiki_api::kind::Kind;
use kontiki_api::status::Status;
use serde_json::Value;

use super::Subject;
use super::hook::Hook;
use super::mutate::show;
use super::review::request_of;
use crate::admit::policy::{Definition, Facts, Requester, applies, request_resource};

/// Whether all of `hook`'s conditions hold for `subject` in the version of `row`. One that is false says no, whatever
/// the others say; where one cannot be told, a webhook that fails open is not called.
///
/// # Errors
/// 403 where one cannot be told and the webhook does not fail open.
pub(super) async fn hold(
    hook: &Hook,
    mutating: bool,
    subject: &Subject<'_>,
    row: &Arc<Kind>,
    object: &Value,
    old: Option<&Value>,
) -> Result<bool, Status> {
    let Some(conditions) = &hook.conditions else { return Ok(true) };
    let (now, before) = subject.sides(object, old);
    let told = |failure: super::failure::Failure| failure.into_status(&hook.name);
    let shown = show(subject, row, now).await.map_err(told)?;
    let before = show(subject, row, before).await.map_err(told)?;
    let figures = &subject.server.hook_figures;
    match evaluate(conditions, subject, row, &shown, &before) {
        Ok(true) => Ok(true),
        Ok(false) => {
            figures.excluded(hook, mutating, subject.operation);
            Ok(false)
        }
        Err(why) => {
            figures.conditions_failed(hook, mutating, subject.operation);
            if hook.fails_open {
                tracing::warn!(webhook = hook.name, why, "match conditions could not be told, failing open");
                return Ok(false);
            }
            Err(subject.forbidden(subject.named(object, old), &why))
        }
    }
}

fn evaluate(conditions: &Definition, subject: &Subject<'_>, row: &Kind, object: &Value, old: &Value) -> Result<bool, String> {
    let named = if object.is_null() { old } else { object };
    let resource = request_resource(subject.target, subject.name(named));
    let facts = Facts::of(request_of(subject, row, named), resource);
    let authorizer = Requester { authorizer: &subject.server.config.authorizer, user: subject.user };
    applies(conditions, facts.bindings(object, Some(old), &authorizer, None))
}
