//! Changes of pods.

use serde_json::{Map, Value};

use super::super::{SPEC, list, text};
use super::annotations::{APP_ARMOR, MIRROR};
use crate::kind::validate::{ByText, Distinct, Faults, Path};

const RULE: &str = "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,\
                    `spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),\
                    `spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)";

/// Of a pod's spec little may change: images, an earlier deadline, more tolerations, fewer gates.
pub(in super::super) fn pod(new: &Value, old: &Value, faults: &mut Faults) {
    annotations(new, old, faults);
    let (new, old) = (&new["spec"], &old["spec"]);
    if new == old {
        return;
    }
    let path: Path<'_> = SPEC;
    for field in ["containers", "initContainers"] {
        if list(new, field).len() != list(old, field).len() {
            return faults.forbidden(&path.child(field), "pod updates may not add or remove containers");
        }
    }
    if !deadline(new, old, faults) {
        return;
    }
    tolerations(new, old, faults);
    gates(new, old, faults);
    let gated = !list(old, "schedulingGates").is_empty();
    if gated {
        placement(new, old, faults);
    }
    let (now, before) = (settled(new, old, gated), settled(old, old, gated));
    if now != before {
        faults.forbidden(&path, format!("{RULE}\nchanged: {}", changed(&now, &before).join(", ")));
    }
}

/// Of annotations with a meaning those that make a pod a node's own stay.
pub(super) fn annotations(new: &Value, old: &Value, faults: &mut Faults) {
    let of = |pod: &Value| pod["metadata"]["annotations"].as_object().cloned().unwrap_or_default();
    let (now, before) = (of(new), of(old));
    let meta = Path::new("metadata");
    let path = meta.child("annotations");
    let what = |key: &str| match key {
        MIRROR => Some("mirror pod annotation"),
        key if key.starts_with(APP_ARMOR) => Some("AppArmor annotations"),
        _ => None,
    };
    for (key, value) in &before {
        if let Some(what) = what(key).filter(|_| now.get(key) != Some(value)) {
            faults.forbidden(&path.key(key), format!("may not remove or update {what}"));
        }
    }
    for key in now.keys().filter(|key| !before.contains_key(*key)) {
        if let Some(what) = what(key) {
            faults.forbidden(&path.key(key), format!("may not add {what}"));
        }
    }
}

/// Whether the deadline may be as it is now.
fn deadline(new: &Value, old: &Value, faults: &mut Faults) -> bool {
    let path: Path<'_> = SPEC;
    let path = path.child("activeDeadlineSeconds");
    let of = |spec: &Value| spec.get("activeDeadlineSeconds").and_then(Value::as_i64);
    match (of(new), of(old)) {
        (Some(now), _) if !(0..=i64::from(i32::MAX)).contains(&now) => {
            faults.invalid(&path, &now.into(), "must be between 0 and 2147483647, inclusive");
            false
        }
        (Some(now), Some(before)) if now > before => {
            faults.invalid(&path, &now.into(), "must be less than or equal to previous value");
            false
        }
        (None, Some(_)) => {
            faults.invalid(&path, &Value::Null, "must not update from a positive integer to nil value");
            true
        }
        _ => true,
    }
}

/// Every toleration that was there is there, but for how long it is.
fn tolerations(new: &Value, old: &Value, faults: &mut Faults) {
    let bare = |item: &Value| {
        let members = item.as_object().into_iter().flatten().filter(|(name, _)| *name != "tolerationSeconds");
        members.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>()
    };
    let all: Distinct<_> = list(new, "tolerations").iter().map(bare).collect();
    if !list(old, "tolerations").iter().all(|item| all.has(&bare(item))) {
        faults.forbidden(&SPEC.child("tolerations"), "existing toleration can not be modified except its tolerationSeconds");
    }
}

fn gates(new: &Value, old: &Value, faults: &mut Faults) {
    let path: Path<'_> = SPEC;
    let field = path.child("schedulingGates");
    let former = ByText::of(list(old, "schedulingGates"), "name");
    for (at, gate) in list(new, "schedulingGates").iter().enumerate() {
        let name = text(gate, "name");
        if !former.has(name) {
            let why = format!("only deletion is allowed, but found new scheduling gate '{name}'");
            faults.forbidden(&field.index(at).child("name"), why);
        }
    }
}

/// A pod that waits at a gate may be led to fewer nodes.
fn placement(new: &Value, old: &Value, faults: &mut Faults) {
    let path: Path<'_> = SPEC;
    let selector = new["nodeSelector"].as_object();
    let kept = |(label, value): (&String, &Value)| selector.is_some_and(|selector| selector.get(label) == Some(value));
    if !old["nodeSelector"].as_object().into_iter().flatten().all(kept) {
        let why = "only additions to spec.nodeSelector are allowed (no mutations or deletions)";
        faults.invalid(&path.child("nodeSelector"), &new["nodeSelector"], why);
    }
    const REQUIRED: &str = "requiredDuringSchedulingIgnoredDuringExecution";
    let terms = |spec: &Value| list(&spec["affinity"]["nodeAffinity"][REQUIRED], "nodeSelectorTerms").to_vec();
    let (now, before) = (terms(new), terms(old));
    let field = path.child("affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms");
    if before.is_empty() {
        return;
    }
    if now.len() != before.len() {
        let why = "no additions/deletions to non-empty NodeSelectorTerms list are allowed";
        return faults.invalid(&field, &now.into(), why);
    }
    for (at, (now, before)) in now.iter().zip(&before).enumerate() {
        let grows = |name: &str| list(now, name).starts_with(list(before, name));
        let empty = |term: &Value| ["matchExpressions", "matchFields"].iter().all(|name| list(term, name).is_empty());
        if empty(before) && !empty(now) || !grows("matchExpressions") || !grows("matchFields") {
            faults.invalid(&field.index(at), now, "only additions are allowed (no mutations or deletions)");
        }
    }
}

/// The spec without what may change, in the sight of `old`.
fn settled(spec: &Value, old: &Value, gated: bool) -> Value {
    let mut spec = spec.clone();
    let Some(map) = spec.as_object_mut() else { return spec };
    for field in ["activeDeadlineSeconds", "tolerations", "schedulingGates"] {
        map.shift_remove(field);
    }
    let grace = |value: Option<&Value>| value.and_then(Value::as_i64);
    let was_negative = grace(old.get("terminationGracePeriodSeconds")).is_some_and(|seconds| seconds < 0);
    if was_negative && grace(map.get("terminationGracePeriodSeconds")).is_some_and(|seconds| seconds <= 1) {
        map.shift_remove("terminationGracePeriodSeconds");
    }
    if gated {
        map.shift_remove("nodeSelector");
        if let Some(affinity) = map.get_mut("affinity").and_then(Value::as_object_mut) {
            affinity.shift_remove("nodeAffinity");
            if affinity.is_empty() {
                map.shift_remove("affinity");
            }
        }
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

/// The names of the fields that differ.
fn changed(now: &Value, before: &Value) -> Vec<String> {
    let names = |spec: &Value| spec.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    let mut changed: Vec<String> = names(now).into_iter().chain(names(before)).collect();
    changed.retain(|name| now.get(name) != before.get(name));
    changed.sort_unstable();
    changed.dedup();
    changed
}
