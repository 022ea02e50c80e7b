//! Finalizers put on and taken off.

use kontiki_api::view::View;
use kontiki_runtime::plan::Intent;
use kontiki_runtime::world::Seen;
use serde_json::{Value, json};

use super::intents::merge;

/// Whether `seen` has it.
pub(crate) fn has<V: View>(seen: &Seen<V>, finalizer: &str) -> bool {
    seen.head().finalizers.iter().any(|own| &**own == finalizer)
}

/// Puts it on.
pub(crate) fn add<V: View>(seen: &Seen<V>, finalizer: &str) -> Intent {
    let all: Value = seen.head().finalizers.iter().map(|own| &**own).chain([finalizer]).map(Value::from).collect();
    merge(seen.precondition(), json!({"metadata": {"finalizers": all}}))
}

/// Takes it off.
pub(crate) fn remove<V: View>(seen: &Seen<V>, finalizer: &str) -> Intent {
    let others: Vec<&str> = seen.head().finalizers.iter().map(|own| &**own).filter(|own| *own != finalizer).collect();
    let others = if others.is_empty() { Value::Null } else { json!(others) };
    merge(seen.precondition(), json!({"metadata": {"finalizers": others}}))
}
