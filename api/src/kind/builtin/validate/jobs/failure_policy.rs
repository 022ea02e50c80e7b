//! What a job makes of pods that fail.

use serde_json::Value;

use super::super::{list, text};
use crate::kind::validate::{Distinct, Faults, Path};
use crate::selector::label_key_faults;

const MAX_RULES: usize = 20;
const MAX_CODES: usize = 255;
const MAX_PATTERNS: usize = 20;
const ACTIONS: [&str; 4] = ["Count", "FailIndex", "FailJob", "Ignore"];
const STATES: [&str; 3] = ["False", "True", "Unknown"];
const OPERATORS: [&str; 2] = ["In", "NotIn"];

/// The failure policy of a job with `spec`, at `path`.
pub(super) fn check(spec: &Value, path: &Path<'_>, faults: &mut Faults) {
    let rules = list(&spec["podFailurePolicy"], "rules");
    let field = path.child("rules");
    if rules.len() > MAX_RULES {
        faults.too_many(&field, rules.len() as u64, MAX_RULES as u64);
    }
    for (at, one) in rules.iter().enumerate() {
        rule(one, spec, &field.index(at), faults);
    }
}

fn rule(rule: &Value, spec: &Value, path: &Path<'_>, faults: &mut Faults) {
    match text(rule, "action") {
        "" => faults.required(&path.child("action"), &valid(&ACTIONS)),
        "FailIndex" if spec.get("backoffLimitPerIndex").is_none() => {
            faults.invalid_text(&path.child("action"), "FailIndex", "requires the backoffLimitPerIndex to be set");
        }
        action => faults.one_of(&path.child("action"), Some(&action.into()), &ACTIONS),
    }
    let (codes, conditions) = (rule.get("onExitCodes"), list(rule, "onPodConditions"));
    if let Some(codes) = codes {
        exit_codes(codes, spec, &path.child("onExitCodes"), faults);
    }
    let field = path.child("onPodConditions");
    if conditions.len() > MAX_PATTERNS {
        faults.too_many(&field, conditions.len() as u64, MAX_PATTERNS as u64);
    }
    for (at, pattern) in conditions.iter().enumerate() {
        let (at, kind) = (field.index(at), text(pattern, "type"));
        for why in label_key_faults(kind) {
            faults.invalid_text(&at.child("type"), kind, why);
        }
        match text(pattern, "status") {
            "" => faults.required(&at.child("status"), &valid(&STATES)),
            state => faults.one_of(&at.child("status"), Some(&state.into()), &STATES),
        }
    }
    match (codes.is_some(), conditions.is_empty()) {
        (true, false) => faults.invalid_whole(path, "specifying both OnExitCodes and OnPodConditions is not supported"),
        (false, true) => faults.invalid_whole(path, "specifying one of OnExitCodes and OnPodConditions is required"),
        _ => {}
    }
}

fn valid(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
    format!("valid values: [{}]", quoted.join(" "))
}

fn exit_codes(asked: &Value, spec: &Value, path: &Path<'_>, faults: &mut Faults) {
    match text(asked, "operator") {
        "" => faults.required(&path.child("operator"), &valid(&OPERATORS)),
        operator => faults.one_of(&path.child("operator"), Some(&operator.into()), &OPERATORS),
    }
    if let Some(name) = asked.get("containerName").and_then(Value::as_str) {
        let pod = &spec["template"]["spec"];
        let all = || list(pod, "containers").iter().chain(list(pod, "initContainers"));
        if !all().any(|container| text(container, "name") == name) {
            let why = "must be one of the container or initContainer names in the pod template";
            faults.invalid_text(&path.child("containerName"), name, why);
        }
    }
    let (field, codes) = (path.child("values"), list(asked, "values"));
    if codes.is_empty() {
        faults.invalid(&field, &codes.into(), "at least one value is required");
    } else if codes.len() > MAX_CODES {
        faults.too_many(&field, codes.len() as u64, MAX_CODES as u64);
    }
    let mut known = Distinct::default();
    for (at, code) in codes.iter().enumerate() {
        if asked["operator"] == "In" && *code == 0 {
            faults.invalid(&field.index(at), code, "must not be 0 for the In operator");
        }
        if known.repeats(code) {
            faults.duplicate(&field.index(at), code);
        }
    }
    if codes.windows(2).any(|pair| pair[0].as_i64() > pair[1].as_i64()) {
        faults.invalid(&field, &codes.into(), "must be ordered");
    }
}
