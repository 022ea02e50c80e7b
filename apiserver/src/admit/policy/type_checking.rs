//! `status.typeChecking`: what expressions get wrong about the kinds that a policy names.

use std::sync::Arc;

use kontiki_api::kind::{Kind, Kinds};
use kontiki_api::schema;
use serde_json::{Value, json};

use super::definition::Definition;
use super::typed::typed;
use crate::admit::fields::items;

/// At most so many kinds are looked at, as upstream.
const MAX_KINDS: usize = 10;

/// The status of `policy`, a ValidatingAdmissionPolicy: its validations compiled for each built-in kind that its rules name.
/// Kinds behind a star and custom kinds are passed over.
pub(super) fn checked_status(policy: &Value) -> Value {
    let mut status = policy.get("status").filter(|status| status.is_object()).cloned().unwrap_or_else(|| json!({}));
    let mut warnings: Vec<(String, Vec<String>)> = Vec::new();
    for kind in kinds(policy) {
        let Some(model) = schema::definition(&kind.definition) else { continue };
        for fault in Definition::for_objects(policy, typed(model)).validation_faults() {
            let told = format!("{}/{}, Kind={}: {}\n", kind.group, kind.version, kind.kind, fault.detail);
            match warnings.iter_mut().find(|(field, _)| *field == fault.field) {
                Some((_, all)) => all.push(told),
                None => warnings.push((fault.field, vec![told])),
            }
        }
    }
    let warnings: Vec<Value> =
        warnings.into_iter().map(|(field, told)| json!({"fieldRef": field, "warning": told.join("\n")})).collect();
    status["typeChecking"] = if warnings.is_empty() { json!({}) } else { json!({"expressionWarnings": warnings}) };
    if let Some(generation) = policy.pointer("/metadata/generation") {
        status["observedGeneration"] = generation.clone();
    }
    status
}

/// The built-in kinds that the rules of `policy` name.
fn kinds(policy: &Value) -> Vec<Arc<Kind>> {
    let all = Kinds::builtin();
    let mut found: Vec<Arc<Kind>> = Vec::new();
    for rule in items(policy, "/spec/matchConstraints/resourceRules") {
        let texts = |pointer: &str| items(rule, pointer).iter().filter_map(Value::as_str).collect::<Vec<_>>();
        for group in texts("/apiGroups") {
            for version in texts("/apiVersions") {
                let rows = texts("/resources").into_iter().filter_map(|plural| all.get(group, version, plural).cloned());
                found.extend(rows);
            }
        }
    }
    found.dedup_by(|a, b| a.definition == b.definition);
    found.truncate(MAX_KINDS);
    found
}
