//! Changes of jobs.

use serde_json::{Value, json};

use super::super::{SPEC, list, number, text};
use super::success_policy;
use crate::kind::validate::{Faults, Path};

const FIXED: [&str; 5] = ["selector", "completionMode", "podFailurePolicy", "backoffLimitPerIndex", "managedBy"];

/// What a job is to do never changes; one that has not begun may be placed elsewhere.
pub(in super::super) fn job_update(new: &Value, old: &Value, faults: &mut Faults) {
    let path: Path<'_> = SPEC;
    let suspended = old["spec"]["suspend"] == true;
    let begun = old["status"].get("startTime").is_some();
    let (now, before) = (&new["spec"], &old["spec"]);
    completions(now, before, &path.child("completions"), faults);
    for field in FIXED.into_iter().chain(["successPolicy"]) {
        faults.immutable(&path.child(field), now.get(field), before.get(field));
    }
    let movable = suspended && (!begun || is_suspended(old));
    let (now, before) = (&now["template"], &before["template"]);
    if now != before && (!movable || fixed(now, suspended) != fixed(before, suspended)) {
        faults.invalid(&path.child("template"), now, "field is immutable");
    }
}

fn is_suspended(job: &Value) -> bool {
    list(&job["status"], "conditions").iter().any(|condition| condition["type"] == "Suspended" && condition["status"] == "True")
}

fn completions(now: &Value, before: &Value, path: &Path<'_>, faults: &mut Faults) {
    let (after, earlier) = (now.get("completions"), before.get("completions"));
    if text(now, "completionMode") != "Indexed" {
        faults.immutable(path, after, earlier);
    } else if after != earlier && after.is_some() && after != now.get("parallelism") {
        faults.invalid(path, after.unwrap_or(&Value::Null), "can only be modified in tandem with spec.parallelism");
    }
}

/// The template without what says where its pods go, and what they ask for.
fn fixed(template: &Value, suspended: bool) -> Value {
    let mut template = template.clone();
    for field in ["labels", "annotations"] {
        template["metadata"].as_object_mut().map(|meta| meta.shift_remove(field));
    }
    if template["metadata"].as_object().is_none_or(serde_json::Map::is_empty) {
        template["metadata"] = json!({});
    }
    let Some(spec) = template["spec"].as_object_mut() else { return template };
    for field in ["nodeSelector", "tolerations", "schedulingGates"] {
        spec.shift_remove(field);
    }
    if let Some(affinity) = spec.get_mut("affinity").and_then(Value::as_object_mut) {
        affinity.shift_remove("nodeAffinity");
    }
    if spec.get("affinity").and_then(Value::as_object).is_some_and(serde_json::Map::is_empty) {
        spec.shift_remove("affinity");
    }
    for name in ["containers", "initContainers"].into_iter().filter(|_| suspended) {
        for container in spec.get_mut(name).and_then(Value::as_array_mut).into_iter().flatten() {
            container.as_object_mut().map(|container| container.shift_remove("resources"));
        }
    }
    template
}

/// What is told of a job: it ends once, and its counts do not shrink.
pub(in super::super) fn job_status(new: &Value, old: &Value, faults: &mut Faults) {
    let (now, before) = (&new["status"], &old["status"]);
    let path = Path::new("status");
    let is = |status: &Value, kind: &str| {
        list(status, "conditions").iter().any(|condition| condition["type"] == *kind && condition["status"] == "True")
    };
    for field in ["active", "succeeded", "failed", "ready", "terminating"] {
        faults.not_negative(&path.child(field), now.get(field));
    }
    let field = path.child("conditions");
    for (one, other) in [("Complete", "Failed"), ("Complete", "FailureTarget"), ("SuccessCriteriaMet", "Failed")] {
        if is(now, one) && is(now, other) {
            let (what, other) = (format!("{one}=True"), if other == "Failed" { "Failed=true" } else { "FailureTarget=true" });
            faults.invalid_whole(&field, format!("cannot set {what} and {other} conditions"));
        }
    }
    for kind in ["Failed", "Complete", "FailureTarget"] {
        if is(before, kind) && !is(now, kind) {
            faults.invalid_whole(&field, format!("cannot disable the terminal {kind}=True condition"));
        }
    }
    if now.get("completionTime").is_some() && !is(now, "Complete") {
        let why = "cannot set completionTime when there is no Complete=True condition";
        faults.invalid(&path.child("completionTime"), &now["completionTime"], why);
    }
    for name in ["failed", "succeeded"] {
        if number(now, name) < number(before, name) && !begins_again(now, before) {
            faults.invalid(&path.child(name), &number(now, name).into(), format!("cannot decrease the {name} counter"));
        }
    }
    let completions = new["spec"].get("completions").and_then(Value::as_i64);
    if let (Some(completions), done) = (completions, text(now, "completedIndexes"))
        && let Err(why) = success_policy::read(done, completions)
    {
        faults.invalid_text(&path.child("completedIndexes"), done, format!("error parsing completedIndexes: {why}"));
    }
    let done = is(now, "Complete") || is(now, "Failed");
    if done && number(now, "active") > 0 {
        faults.invalid(&path.child("active"), &now["active"], "active>0 is invalid for finished job");
    }
}

/// A job that was suspended and goes on counts anew.
fn begins_again(now: &Value, before: &Value) -> bool {
    before.get("startTime").is_none() || now.get("startTime") != before.get("startTime")
}
