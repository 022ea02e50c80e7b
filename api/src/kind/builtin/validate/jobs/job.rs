//! Jobs.

use serde_json::Value;

use super::super::{SPEC, number, text};
use super::{failure_policy, success_policy};
use crate::kind::validate::{Faults, Path, dns_label_fault};
use crate::selector::LabelSelector;

/// Upstream's bounds for jobs whose pods have numbers.
const MAX_INDEXED_PARALLELISM: i64 = 100_000;
const MANY_COMPLETIONS: i64 = 100_000;
const MAX_OF_MANY: i64 = 10_000;

pub(in super::super) fn job(object: &Value, faults: &mut Faults) {
    let (meta, spec) = (&object["metadata"], &object["spec"]);
    generated_selector(meta, spec, faults);
    let path: Path<'_> = SPEC;
    match spec.get("selector") {
        None => faults.required(&path.child("selector"), ""),
        Some(selector) => {
            let labels = &spec["template"]["metadata"]["labels"];
            let matches = LabelSelector::from_value(selector)
                .map(|selector| selector.matches_with(|key| labels.get(key).and_then(Value::as_str)));
            if matches == Ok(false) {
                faults.invalid(&path.child("template.metadata.labels"), labels, "`selector` does not match template `labels`");
            }
        }
    }
    if spec["completionMode"] == "Indexed" && number(spec, "completions") > 0 {
        let last = format!("{}-{}", text(meta, "name"), number(spec, "completions") - 1);
        if dns_label_fault(&last).is_some() {
            let why = format!("will not able to create pod with invalid DNS label: {last}");
            faults.invalid_text(&Path::new("metadata").child("name"), text(meta, "name"), why);
        }
    }
}

/// Unless a job brings a selector of its own, it selects by what only its pods have.
fn generated_selector(meta: &Value, spec: &Value, faults: &mut Faults) {
    if spec["manualSelector"] == true || spec.get("selector").is_none() {
        return;
    }
    let (uid, name) = (text(meta, "uid"), text(meta, "name"));
    if uid.is_empty() {
        return;
    }
    let labels = &spec["template"]["metadata"]["labels"];
    let path: Path<'_> = SPEC;
    let field = path.child("template.metadata.labels");
    let wanted = [
        ("controller-uid", uid),
        ("job-name", name),
        ("batch.kubernetes.io/controller-uid", uid),
        ("batch.kubernetes.io/job-name", name),
    ];
    for (label, value) in wanted {
        match labels.get(label) {
            None => faults.required(&field.key(label), &format!("must be '{value}'")),
            Some(other) if other != value => faults.invalid(&field.key(label), labels, format!("must be '{value}'")),
            Some(_) => {}
        }
    }
    let own = |key: &str| wanted.iter().find(|(label, _)| *label == key).map(|(_, value)| *value);
    if LabelSelector::from_value(&spec["selector"]).is_ok_and(|selector| !selector.matches_with(own)) {
        faults.invalid(&path.child("selector"), &spec["selector"], "`selector` not auto-generated");
    }
}

/// `batch.v1.JobSpec`, of a job or of a template.
pub(in super::super) fn job_spec(spec: &Value, path: &Path<'_>, faults: &mut Faults) {
    if text(spec, "completionMode") == "Indexed" {
        indexed(spec, path, faults);
    } else {
        for field in ["backoffLimitPerIndex", "maxFailedIndexes"] {
            if let Some(value) = spec.get(field) {
                faults.invalid(&path.child(field), value, "requires indexed completion mode");
            }
        }
        if let Some(policy) = spec.get("successPolicy") {
            faults.invalid(&path.child("successPolicy"), policy, "requires indexed completion mode");
        }
    }
    if spec.get("maxFailedIndexes").is_some() && spec.get("backoffLimitPerIndex").is_none() {
        faults.required(&path.child("backoffLimitPerIndex"), "when maxFailedIndexes is specified");
    }
    let replacement = text(spec, "podReplacementPolicy");
    match spec.get("podFailurePolicy") {
        Some(_) if !matches!(replacement, "" | "Failed") => {
            faults.unsupported(&path.child("podReplacementPolicy"), replacement, &["Failed"]);
        }
        _ => faults.one_of(
            &path.child("podReplacementPolicy"),
            spec.get("podReplacementPolicy"),
            &["Failed", "TerminatingOrFailed"],
        ),
    }
    if spec.get("podFailurePolicy").is_some() {
        failure_policy::check(spec, &path.child("podFailurePolicy"), faults);
    }
    restart_policy(spec, &path.child("template.spec.restartPolicy"), faults);
}

fn restart_policy(spec: &Value, path: &Path<'_>, faults: &mut Faults) {
    match text(&spec["template"]["spec"], "restartPolicy") {
        "" | "Always" => faults.required(path, "valid values: \"OnFailure\", \"Never\""),
        "OnFailure" if spec.get("podFailurePolicy").is_some() => {
            faults.invalid_text(path, "OnFailure", "only \"Never\" is supported when podFailurePolicy is specified");
        }
        "OnFailure" | "Never" => {}
        other => faults.unsupported(path, other, &["OnFailure", "Never"]),
    }
}

/// What jobs whose pods have numbers need and may have.
fn indexed(spec: &Value, path: &Path<'_>, faults: &mut Faults) {
    let value = |field: &str| spec.get(field).and_then(Value::as_i64);
    let (completions, parallelism, failed) = (value("completions"), value("parallelism"), value("maxFailedIndexes"));
    if completions.is_none() {
        faults.required(&path.child("completions"), "when completion mode is Indexed");
    }
    let mut limit = |field: &str, value: Option<i64>, most: i64, why: String| {
        if value.is_some_and(|value| value > most) {
            faults.invalid(&path.child(field), &value.unwrap_or_default().into(), why);
        }
    };
    let why = format!("must be less than or equal to {MAX_INDEXED_PARALLELISM} when completion mode is Indexed");
    limit("parallelism", parallelism, MAX_INDEXED_PARALLELISM, why);
    limit("maxFailedIndexes", failed, completions.unwrap_or(i64::MAX), "must be less than or equal to completions".into());
    limit(
        "maxFailedIndexes",
        failed,
        MAX_INDEXED_PARALLELISM,
        format!("must be less than or equal to {MAX_INDEXED_PARALLELISM}"),
    );
    if completions.is_some_and(|completions| completions > MANY_COMPLETIONS) && value("backoffLimitPerIndex").is_some() {
        let why = format!(
            "must be less than or equal to {MAX_OF_MANY} when completions are above {MANY_COMPLETIONS} and used with backoff limit per index"
        );
        limit("parallelism", parallelism, MAX_OF_MANY, why.clone());
        limit("maxFailedIndexes", failed, MAX_OF_MANY, why);
        if failed.is_none() {
            faults.required(
                &path.child("maxFailedIndexes"),
                &format!("must be specified when completions is above {MANY_COMPLETIONS}"),
            );
        }
    }
    if let Some(policy) = spec.get("successPolicy") {
        success_policy::check(policy, completions.unwrap_or_default(), &path.child("successPolicy"), faults);
    }
}
