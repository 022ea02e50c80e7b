//! By which ends a container is started again.

use serde_json::Value;

use super::super::{list, text};
use crate::kind::validate::{Faults, Path};

const MAX_RULES: usize = 20;
const MAX_CODES: usize = 255;

/// `core.v1.ContainerRestartRule`s of a container at `path`.
pub(super) fn all(container: &Value, path: &Path<'_>, faults: &mut Faults) {
    let rules = list(container, "restartPolicyRules");
    if rules.is_empty() {
        return;
    }
    if container.get("restartPolicy").is_none() {
        faults.required(&path.child("restartPolicy"), "must specify restartPolicy when restart rules are used");
    }
    let field = path.child("restartPolicyRules");
    if rules.len() > MAX_RULES {
        faults.too_many(&field, rules.len() as u64, MAX_RULES as u64);
    }
    for (at, rule) in rules.iter().enumerate() {
        one(rule, &field.index(at), faults);
    }
}

fn one(rule: &Value, path: &Path<'_>, faults: &mut Faults) {
    word(rule, "action", &["Restart", "RestartAllContainers"], path, faults);
    let field = path.child("exitCodes");
    let Some(codes) = rule.get("exitCodes") else { return faults.required(&field, "must be specified") };
    word(codes, "operator", &["In", "NotIn"], &field, faults);
    let count = list(codes, "values").len();
    if count > MAX_CODES {
        faults.too_many(&field.child("values"), count as u64, MAX_CODES as u64);
    }
}

/// A word that is not there is none of those that are known.
fn word(holder: &Value, field: &str, known: &[&str], path: &Path<'_>, faults: &mut Faults) {
    let word = text(holder, field);
    if !known.contains(&word) {
        faults.unsupported(&path.child(field), word, known);
    }
}
