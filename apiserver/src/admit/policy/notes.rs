//! What policies have to say to the audit.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::definition::Definition;
use super::policies::Binding;
use crate::audit::annotate;

/// The annotation that tells of findings whose action is `Audit`.
const FAILURE: &str = "validation.policy.admission.k8s.io/validation_failure";
/// Longest value of an annotation, in bytes.
const MAX_VALUE: usize = 10 * 1024;

/// What the policies say about one request.
#[derive(Debug, Default)]
pub(super) struct Notes {
    failures: Vec<Value>,
    values: BTreeMap<String, Vec<String>>,
}

impl Notes {
    /// The policy called `policy` says `value` under `key`; each value is told once.
    pub fn add(&mut self, policy: &str, key: &str, value: &str) {
        let value = value.trim();
        if value.is_empty() {
            return;
        }
        let end = value.floor_char_boundary(MAX_VALUE);
        let values = self.values.entry(format!("{policy}/{key}")).or_default();
        if !values.iter().any(|known| known == &value[..end]) {
            values.push(value[..end].into());
        }
    }

    /// A finding is to be told to the audit.
    pub fn found(&mut self, policy: &Definition, binding: &Binding, message: &str, index: usize) {
        self.failures.push(json!({
            "message": message, "policy": policy.name, "binding": binding.name, "expressionIndex": index,
            "validationActions": binding.actions,
        }));
    }

    /// Tells it all.
    pub fn tell(self) {
        if !self.failures.is_empty() {
            annotate(FAILURE, Value::from(self.failures).to_string());
        }
        for (key, values) in self.values {
            annotate(&key, values.join(", "));
        }
    }
}
