//! `matchConditions`.

use kontiki_api::status::Status;
use serde_json::Value;

use super::Subject;
use super::hook::Hook;

/// Whether all of `hook`'s conditions hold for `subject`.
///
/// # Errors
/// 403 where one cannot be told and the webhook does not fail open.
pub(super) fn hold(hook: &Hook, subject: &Subject<'_>, object: &Value) -> Result<bool, Status> {
    if hook.conditions.is_empty() {
        return Ok(true);
    }
    if hook.fails_open {
        return Ok(false);
    }
    let why = format!("the match conditions of webhook {:?} are not evaluated by this server", hook.name);
    Err(Status::forbidden(&subject.kind.group, &subject.kind.plural, subject.name(object), &why))
}
