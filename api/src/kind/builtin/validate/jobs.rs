//! Jobs and cron jobs.

use serde_json::Value;

use super::{SPEC, pods, text};
use crate::kind::validate::{Faults, Path};
use crate::selector::LabelSelector;

/// Longest name of a cron job: its jobs add eleven characters.
const MAX_CRON_JOB_NAME: usize = 52;

pub(super) fn job(object: &Value, faults: &mut Faults) {
    let spec = &object["spec"];
    job_spec(spec, &SPEC, faults);
    let Some(selector) = spec.get("selector") else { return };
    let labels = &spec["template"]["metadata"]["labels"];
    let matches = LabelSelector::from_value(selector)
        .is_ok_and(|selector| selector.matches_with(|key| labels.get(key).and_then(Value::as_str)));
    if !matches {
        let path: Path<'_> = SPEC;
        faults.invalid(&path.child("template.metadata.labels"), labels, "`selector` does not match template `labels`");
    }
}

pub(super) fn cron_job(object: &Value, faults: &mut Faults) {
    if text(&object["metadata"], "name").len() > MAX_CRON_JOB_NAME {
        let name = text(&object["metadata"], "name");
        faults.invalid_text(&Path::new("metadata").child("name"), name, "must be no more than 52 characters");
    }
    let spec = &object["spec"];
    let path: Path<'_> = SPEC;
    schedule(text(spec, "schedule"), &path.child("schedule"), faults);
    job_spec(&spec["jobTemplate"]["spec"], &path.child("jobTemplate.spec"), faults);
}

/// What a job is to do never changes; a suspended one may be placed elsewhere.
pub(super) fn job_update(new: &Value, old: &Value, faults: &mut Faults) {
    let path: Path<'_> = SPEC;
    let (new, old) = (&new["spec"], &old["spec"]);
    if new["template"] != old["template"] && old["suspend"] != true {
        faults.invalid(&path.child("template"), &new["template"], "field is immutable");
    }
    let elastic = new["completionMode"] == "Indexed" && new["completions"] == new["parallelism"];
    if new.get("completions") != old.get("completions") && !elastic {
        faults.invalid(&path.child("completions"), &new["completions"], "field is immutable");
    }
}

fn job_spec(spec: &Value, path: &Path<'_>, faults: &mut Faults) {
    let Some(pod) = spec.get("template").and_then(|template| template.get("spec")) else { return };
    let template = path.child("template.spec");
    pods::spec(pod, &template, faults);
    if text(pod, "restartPolicy") == "Always" {
        faults.unsupported(&template.child("restartPolicy"), "Always", &["OnFailure", "Never"]);
    }
    if spec["completionMode"] == "Indexed" && spec.get("completions").is_none() {
        faults.required(&path.child("completions"), "when completion mode is Indexed");
    }
}

/// Five fields, or a word such as `@hourly`.
fn schedule(schedule: &str, path: &Path<'_>, faults: &mut Faults) {
    if schedule.is_empty() {
        return;
    }
    if schedule.contains("TZ=") {
        return faults.invalid_text(path, schedule, "cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
    }
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b',' | b'-' | b'/' | b'?');
    let fields: Vec<&str> = schedule.split_whitespace().collect();
    let word = schedule.starts_with('@') && fields.first().is_some_and(|word| word.len() > 1);
    if !word && (fields.len() != 5 || !fields.iter().all(|field| field.bytes().all(known))) {
        faults.invalid_text(path, schedule, format!("expected exactly 5 fields, found {}: {fields:?}", fields.len()));
    }
}
