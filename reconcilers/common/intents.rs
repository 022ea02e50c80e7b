//! Intents, said briefly.

use kontiki_api::request::PatchType;
use kontiki_api::view::View;
use kontiki_runtime::plan::{EventIntent, Intent, Precondition, Propagation};
use kontiki_runtime::world::Seen;
use serde_json::Value;

/// A merge patch of the object itself.
pub(crate) fn merge(on: Precondition, body: Value) -> Intent {
    Intent::Patch { on, subresource: "".into(), r#type: PatchType::Merge, body }
}

/// A merge patch of `status` through its subresource.
pub(crate) fn merge_status(on: Precondition, status: Value) -> Intent {
    let body = serde_json::json!({ "status": status });
    Intent::Patch { on, subresource: "status".into(), r#type: PatchType::Merge, body }
}

/// A deletion with the object's own grace; dependents follow.
pub(crate) fn delete(on: Precondition) -> Intent {
    Intent::Delete { on, grace_seconds: None, propagation: Propagation::Background }
}

/// A `Normal` event about `seen`.
pub(crate) fn normal<V: View>(seen: &Seen<V>, reason: &str, message: String) -> Intent {
    event(seen, false, reason, message)
}

/// A `Warning` event about `seen`.
pub(crate) fn warning<V: View>(seen: &Seen<V>, reason: &str, message: String) -> Intent {
    event(seen, true, reason, message)
}

fn event<V: View>(seen: &Seen<V>, warning: bool, reason: &str, message: String) -> Intent {
    Intent::Event(EventIntent {
        about: seen.key().clone(),
        api_version: V::API_VERSION.into(),
        kind: V::KIND.into(),
        uid: seen.head().uid.clone(),
        field_path: "".into(),
        warning,
        reason: reason.into(),
        message,
    })
}
