//! Changes of jobs.

use serde_json::{Value, json};

use super::super::{SPEC, list, text};
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
