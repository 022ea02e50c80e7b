//! What the audit is told of the calls of mutating webhooks.

use serde_json::{Value, json};

use super::Subject;
use super::hook::Hook;
use crate::audit::{Level, annotate, is_noted};

/// When a mutating webhook is called.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// 0 or 1.
    pub round: u8,
    /// Among all mutating webhooks.
    pub index: usize,
}

impl Place {
    fn key(self, of: &str) -> String {
        format!("{of}.webhook.admission.k8s.io/round_{}_index_{}", self.round, self.index)
    }

    /// It was called, and changed the object by `patch` or not. What is patched into a kind whose values are sealed is not
    /// told.
    pub fn called(self, hook: &Hook, subject: &Subject<'_>, mutated: bool, patch: &[u8]) {
        if !is_noted(Level::Metadata) {
            return;
        }
        let told = json!({"configuration": hook.id.0, "webhook": hook.name, "mutated": mutated});
        annotate(&self.key("mutation"), told.to_string());
        if mutated && is_noted(Level::Request) && !subject.kind.sealed {
            let patch: Value = serde_json::from_slice(patch).unwrap_or_default();
            let told = json!({"configuration": hook.id.0, "webhook": hook.name, "patch": patch, "patchType": "JSONPatch"});
            annotate(&self.key("patch"), told.to_string());
        }
    }

    /// It could not be called, and was passed over.
    pub fn failed_open(self, hook: &Hook) {
        annotate(&self.key("failed-open.mutation"), hook.name.as_str());
    }
}
