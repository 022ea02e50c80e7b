//! Nodes and namespaces.

use serde_json::Value;

use super::containers::amount_of;
use super::format::{cidr_fault, network};
use super::walk::same_items;
use super::{SPEC, list, text};
use crate::kind::validate::{Distinct, Faults, Path};
use crate::selector::{label_key_faults, label_value_faults};

const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

pub(super) fn node(object: &Value, faults: &mut Faults) {
    taints(list(&object["spec"], "taints"), faults);
    amounts(object, faults);
    let path: Path<'_> = SPEC;
    let (field, ranges) = (path.child("podCIDRs"), list(&object["spec"], "podCIDRs"));
    let (mut versions, mut known) = (Vec::new(), Distinct::default());
    for (at, range) in ranges.iter().enumerate() {
        let text = range.as_str().unwrap_or_default();
        if let Some(why) = cidr_fault(text) {
            faults.invalid_text(&field.index(at), text, why);
        }
        versions.extend(network(text).map(|(address, _)| address.is_ipv4()));
        if known.repeats(range) {
            faults.duplicate(&field.index(at), range);
        }
    }
    if ranges.len() > 2 || versions.len() == 2 && versions[0] == versions[1] {
        faults.invalid(&field, &ranges.into(), "may specify no more than one CIDR for each IP family");
    }
}

/// Upstream tells faults of taints beside the metadata.
fn taints(taints: &[Value], faults: &mut Faults) {
    let meta = Path::new("metadata");
    let field = meta.child("taints");
    let mut known = Distinct::default();
    for (at, taint) in taints.iter().enumerate() {
        let (at_path, key, value) = (field.index(at), text(taint, "key"), text(taint, "value"));
        for why in label_key_faults(key) {
            faults.invalid_text(&at_path.child("key"), key, why);
        }
        let wrong = label_value_faults(value);
        if !wrong.is_empty() {
            faults.invalid_text(&at_path.child("value"), value, wrong.join(";"));
        }
        match text(taint, "effect") {
            "" => faults.required(&at_path.child("effect"), ""),
            effect => faults.one_of(&at_path.child("effect"), Some(&effect.into()), &EFFECTS),
        }
        if known.repeats((key, &taint["effect"])) {
            faults.duplicate_because(&at_path, taint, "taints must be unique by key and effect pair");
        }
    }
}

fn amounts(object: &Value, faults: &mut Faults) {
    let path = Path::new("status");
    for field in ["capacity", "allocatable"] {
        let field_path = path.child(field);
        for (name, amount) in object["status"][field].as_object().into_iter().flatten() {
            amount_of(name, amount, &field_path.child(name), faults);
        }
    }
}

/// What was given to a node stays; its own faults were looked for when it came.
pub(super) fn node_update(new: &Value, old: &Value, faults: &mut Faults) {
    let path: Path<'_> = SPEC;
    let (now, before) = (&new["spec"], &old["spec"]);
    if !list(before, "podCIDRs").is_empty() && list(now, "podCIDRs") != list(before, "podCIDRs") {
        faults.forbidden(&path.child("podCIDRs"), "node updates may not change podCIDR except from \"\" to valid");
    }
    if !text(before, "providerID").is_empty() && text(now, "providerID") != text(before, "providerID") {
        faults.forbidden(&path.child("providerID"), "node updates may not change providerID except from \"\" to valid");
    }
    if text(now, "externalID") != text(before, "externalID") {
        faults.forbidden(&path.child("externalID"), "may not be updated");
    }
}

/// What is told of a node: amounts, and each address once.
pub(super) fn node_status(new: &Value, old: &Value, faults: &mut Faults) {
    node_update(new, old, faults);
    amounts(new, faults);
    let addresses = list(&new["status"], "addresses");
    let path = Path::new("status");
    same_items(addresses, &path.child("addresses"), faults);
}

/// The finalizers of a namespace's content.
pub(super) fn namespace(object: &Value, faults: &mut Faults) {
    let path: Path<'_> = SPEC;
    let field = path.child("finalizers");
    for name in list(&object["spec"], "finalizers").iter().filter_map(Value::as_str) {
        for why in label_key_faults(name) {
            faults.invalid_text(&field, name, why);
        }
        if !name.contains('/') && !matches!(name, "kubernetes" | "orphan" | "foregroundDeletion") {
            faults.invalid_text(&field, name, "name is neither a standard finalizer name nor is it fully qualified");
        }
    }
}

/// A namespace goes exactly when its deletion has begun.
pub(super) fn namespace_status(new: &Value, _old: &Value, faults: &mut Faults) {
    let phase = text(&new["status"], "phase");
    let (wanted, condition) = match new["metadata"].get("deletionTimestamp") {
        None => ("Active", "is empty"),
        Some(_) => ("Terminating", "is not empty"),
    };
    if phase != wanted {
        let why = format!("may only be '{wanted}' if `deletionTimestamp` {condition}");
        faults.invalid_text(&Path::new("status").child("Phase"), phase, why);
    }
}
