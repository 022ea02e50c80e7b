//! Changes of pods.

use serde_json::{Map, Value};

use super::{SPEC, list};
use crate::kind::validate::{Faults, Path};

const RULE: &str = "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,\
                    `spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),\
                    `spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/// Of a pod's spec little may change: images, an earlier deadline, more tolerations, fewer gates.
pub(super) fn pod(new: &Value, old: &Value, faults: &mut Faults) {
    let (new, old) = (&new["spec"], &old["spec"]);
    if new == old {
        return;
    }
    let mut same = true;
    for field in ["containers", "initContainers"] {
        if list(new, field).len() != list(old, field).len() {
            faults.forbidden(&SPEC.child(field), "pod updates may not add or remove containers");
            same = false;
        }
    }
    deadline(new, old, faults);
    contains(new, old, "tolerations", "existing toleration can not be modified except its tolerationSeconds", faults);
    contains(old, new, "schedulingGates", "only deletion is allowed, but found new scheduling gate", faults);
    if same && settled(new) != settled(old) {
        let changed: Vec<&str> = settled_names(new, old);
        faults.forbidden(&SPEC, format!("{RULE}\nchanged: {}", changed.join(", ")));
    }
}

fn deadline(new: &Value, old: &Value, faults: &mut Faults) {
    let path: Path<'_> = SPEC;
    let path = path.child("activeDeadlineSeconds");
    match (new.get("activeDeadlineSeconds"), old.get("activeDeadlineSeconds")) {
        (Some(now), Some(before)) if now.as_i64() > before.as_i64() => {
            faults.invalid(&path, now, "must be less than or equal to previous value");
        }
        (None, Some(_)) => faults.invalid(&path, &Value::Null, "must not update from a positive integer to nil value"),
        _ => {}
    }
}

/// Everything that `field` of `part` lists, `whole` lists too.
fn contains(whole: &Value, part: &Value, field: &str, why: &str, faults: &mut Faults) {
    let bare = |item: &Value| {
        let members = item.as_object().into_iter().flatten().filter(|(name, _)| *name != "tolerationSeconds");
        members.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>()
    };
    let all: Vec<_> = list(whole, field).iter().map(bare).collect();
    if !list(part, field).iter().all(|item| all.contains(&bare(item))) {
        faults.forbidden(&SPEC.child(field), why);
    }
}

/// The spec without what may change.
fn settled(spec: &Value) -> Value {
    let mut spec = spec.clone();
    let Some(map) = spec.as_object_mut() else { return spec };
    for field in ["activeDeadlineSeconds", "tolerations", "schedulingGates", "terminationGracePeriodSeconds"] {
        map.shift_remove(field);
    }
    for field in ["containers", "initContainers"] {
        for container in map.get_mut(field).and_then(Value::as_array_mut).into_iter().flatten() {
            if let Some(container) = container.as_object_mut() {
                container.shift_remove("image");
            }
        }
    }
    spec
}

/// The names of the fields that changed though they may not.
fn settled_names<'a>(new: &'a Value, old: &'a Value) -> Vec<&'a str> {
    let (was, is) = (settled(old), settled(new));
    let names = |spec: &'a Value| spec.as_object().into_iter().flatten().map(|(name, _)| name.as_str());
    let mut changed: Vec<&str> = names(new).chain(names(old)).filter(|name| was.get(name) != is.get(name)).collect();
    changed.sort_unstable();
    changed.dedup();
    changed
}
