//! Whether a webhook is called for a request, and about which version of the object.

use std::sync::Arc;

use kontiki_api::kind::Kind;
use kontiki_api::status::Status;
use serde_json::Value;

use super::Subject;
use super::conditions::hold;
use super::hook::Hook;

/// The row that `hook` wants to see `subject` in; `None` where it is not called.
///
/// # Errors
/// 404 where the namespace is not there, 403 where its conditions cannot be told, 500 for a selector that cannot be read.
pub(super) async fn invocation(
    hook: &Hook,
    mutating: bool,
    subject: &Subject<'_>,
    object: &Value,
    old: Option<&Value>,
) -> Result<Option<Arc<Kind>>, Status> {
    let name = subject.name(subject.named(object, old));
    let Some(row) = hook.rules.row(subject, name) else { return Ok(None) };
    if !hook.selectors.select(subject, object, old)? {
        return Ok(None);
    }
    Ok(hold(hook, mutating, subject, &row, object, old).await?.then_some(row))
}
