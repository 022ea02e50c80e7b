//! Whether a webhook is called for a request, and about which version of the object.

use std::sync::Arc;

use kontiki_api::kind::Kind;
use kontiki_api::meta::Key;
use kontiki_api::selector::LabelSelector;
use kontiki_api::status::Status;
use serde_json::Value;

use super::Subject;
use super::conditions::hold;
use super::hook::Hook;
use crate::admit::Operation;

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
    let Some(row) = wanted(hook, subject) else { return Ok(None) };
    if !in_namespace(hook, subject, object)? || !selects(hook, subject, object, old)? {
        return Ok(None);
    }
    Ok(hold(hook, mutating, subject, &row, object, old).await?.then_some(row))
}

/// The row of the request, or where no rule means that and equivalents count, the first one that a rule means.
fn wanted(hook: &Hook, subject: &Subject<'_>) -> Option<Arc<Kind>> {
    if hook.rules.iter().any(|rule| rule.matches(subject, subject.kind)) {
        return Some(Arc::clone(subject.kind));
    }
    if hook.exact {
        return None;
    }
    let equivalents = subject.equivalents();
    let mut found = hook.rules.iter().filter_map(|rule| equivalents.iter().find(|row| rule.matches(subject, row)));
    found.next().cloned()
}

/// Objects of the cluster are in every selection.
fn in_namespace(hook: &Hook, subject: &Subject<'_>, object: &Value) -> Result<bool, Status> {
    let selector = readable(&hook.namespaces)?;
    let namespace = subject.namespace(object);
    if selector.is_everything() || namespace.is_empty() {
        return Ok(true);
    }
    let written = matches!(subject.operation, Operation::Create | Operation::Update);
    if subject.is_namespace() && subject.target.subresource.is_empty() && written {
        return Ok(matches(selector, object));
    }
    let found = subject.server.config.store.get(&Key::new("namespaces", "", namespace));
    let found = found.ok_or_else(|| Status::not_found("", "namespaces", namespace))?;
    Ok(selector.matches_head(&found.head))
}

/// The object as it was or as it will be.
fn selects(hook: &Hook, subject: &Subject<'_>, object: &Value, old: Option<&Value>) -> Result<bool, Status> {
    let selector = readable(&hook.objects)?;
    let (now, before) = subject.sides(object, old);
    let shown = |object: &Value| matches(selector, &subject.form.show(subject.kind, object));
    Ok(selector.is_everything() || now.is_some_and(shown) || before.is_some_and(shown))
}

fn readable(selector: &Result<LabelSelector, String>) -> Result<&LabelSelector, Status> {
    selector.as_ref().map_err(|error| Status::internal(format!("Internal error occurred: {error}")))
}

fn matches(selector: &LabelSelector, object: &Value) -> bool {
    let labels = object.pointer("/metadata/labels");
    selector.matches_with(|key| labels?.get(key)?.as_str())
}
