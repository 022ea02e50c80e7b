//! Where pods go: selectors of nodes, affinities, spreading, tolerations.

use std::collections::HashMap;

use serde_json::Value;

use super::super::{list, number, text};
use crate::kind::validate::{Distinct, Faults, Path, dns_label_fault, dns_subdomain_fault};
use crate::selector::{label_key_faults, label_value_faults};

const EXISTS: &str = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'";
const UNKNOWN: &str = "not a valid selector operator";

/// `core.v1.NodeSelectorTerm`: requirements of labels, and of fields.
pub(in super::super) fn node_selector_term(term: &Value, path: &Path<'_>, faults: &mut Faults) {
    let field = path.child("matchExpressions");
    for (at, requirement) in list(term, "matchExpressions").iter().enumerate() {
        node_requirement(requirement, &field.index(at), faults);
    }
    let field = path.child("matchFields");
    for (at, requirement) in list(term, "matchFields").iter().enumerate() {
        of_field(requirement, &field.index(at), faults);
    }
}

/// The labels that the terms of a `core.v1.NodeSelector` name have values that labels can have. Terms
/// that are merely preferred may have others.
pub(in super::super) fn topology_terms(selector: &Value, path: &Path<'_>, faults: &mut Faults) {
    let field = path.child("nodeSelectorTerms");
    for (at, term) in list(selector, "nodeSelectorTerms").iter().enumerate() {
        let at = field.index(at);
        let expressions = at.child("matchExpressions");
        for (at, requirement) in list(term, "matchExpressions").iter().enumerate() {
            values(requirement, &expressions.index(at).child("values"), faults);
        }
    }
}

/// One requirement of a label: as many values as its operator takes.
pub(in super::super) fn node_requirement(requirement: &Value, path: &Path<'_>, faults: &mut Faults) {
    let (count, operator) = (list(requirement, "values").len(), text(requirement, "operator"));
    let field = path.child("values");
    match operator {
        "In" | "NotIn" if count == 0 => faults.required(&field, "must be specified when `operator` is 'In' or 'NotIn'"),
        "Exists" | "DoesNotExist" if count > 0 => faults.forbidden(&field, EXISTS),
        "Gt" | "Lt" if count != 1 => faults.required(&field, "must be specified single value when `operator` is 'Lt' or 'Gt'"),
        "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt" => {}
        other => faults.invalid_text(&path.child("operator"), other, UNKNOWN),
    }
    key(text(requirement, "key"), &path.child("key"), faults);
}

/// `meta.v1.LabelSelectorRequirement`.
pub(in super::super) fn label_requirement(requirement: &Value, path: &Path<'_>, faults: &mut Faults) {
    let (count, operator) = (list(requirement, "values").len(), text(requirement, "operator"));
    let field = path.child("values");
    match operator {
        "In" | "NotIn" if count == 0 => faults.required(&field, "must be specified when `operator` is 'In' or 'NotIn'"),
        "Exists" | "DoesNotExist" if count > 0 => faults.forbidden(&field, EXISTS),
        "In" | "NotIn" | "Exists" | "DoesNotExist" => {}
        other => faults.invalid_text(&path.child("operator"), other, UNKNOWN),
    }
    key(text(requirement, "key"), &path.child("key"), faults);
    values(requirement, &field, faults);
}

fn values(requirement: &Value, path: &Path<'_>, faults: &mut Faults) {
    for (at, value) in list(requirement, "values").iter().enumerate() {
        let value = value.as_str().unwrap_or_default();
        for why in label_value_faults(value) {
            faults.invalid_text(&path.index(at), value, why);
        }
    }
}

fn key(key: &str, path: &Path<'_>, faults: &mut Faults) {
    for why in label_key_faults(key) {
        faults.invalid_text(path, key, why);
    }
}

fn of_field(requirement: &Value, path: &Path<'_>, faults: &mut Faults) {
    match text(requirement, "operator") {
        "In" | "NotIn" if list(requirement, "values").len() != 1 => {
            let why = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
            faults.required(&path.child("values"), why);
        }
        "In" | "NotIn" => {}
        other => faults.invalid_text(&path.child("operator"), other, UNKNOWN),
    }
    match text(requirement, "key") {
        "metadata.name" => {
            let field = path.child("values");
            for (at, value) in list(requirement, "values").iter().enumerate() {
                let value = value.as_str().unwrap_or_default();
                if let Some(why) = dns_subdomain_fault(value) {
                    faults.invalid_text(&field.index(at), value, why);
                }
            }
        }
        other => faults.invalid_text(&path.child("key"), other, "not a valid field selector key"),
    }
}

/// `core.v1.PodAffinityTerm`.
pub(in super::super) fn pod_affinity_term(term: &Value, path: &Path<'_>, faults: &mut Faults) {
    for namespace in list(term, "namespaces").iter().filter_map(Value::as_str) {
        if let Some(why) = dns_label_fault(namespace) {
            faults.invalid_text(&path.child("namespace"), namespace, why);
        }
    }
    let selector = term.get("labelSelector");
    for name in ["matchLabelKeys", "mismatchLabelKeys"] {
        let field = path.child(name);
        if !list(term, name).is_empty() && selector.is_none() {
            faults.forbidden(&field, "must not be specified when labelSelector is not set");
            continue;
        }
        for (at, label) in list(term, name).iter().enumerate() {
            key(label.as_str().unwrap_or_default(), &field.index(at), faults);
        }
    }
    selected_twice(term, path, faults);
    let field = path.child("matchLabelKeys");
    let unwanted: Distinct<&Value> = list(term, "mismatchLabelKeys").iter().collect();
    for (at, label) in list(term, "matchLabelKeys").iter().enumerate() {
        if unwanted.has(&label) {
            faults.invalid(&field.index(at), label, "exists in both matchLabelKeys and mismatchLabelKeys");
        }
    }
    let topology = text(term, "topologyKey");
    if topology.is_empty() {
        faults.required(&path.child("topologyKey"), "can not be empty");
    }
    key(topology, &path.child("topologyKey"), faults);
}

/// No key of `matchLabelKeys` is in the selector but for the one requirement that a new pod gets for it. As upstream has it,
/// the fault is at an item of the term itself.
fn selected_twice(term: &Value, path: &Path<'_>, faults: &mut Faults) {
    let selector = &term["labelSelector"];
    let labels = selector["matchLabels"].as_object().into_iter().flatten();
    let mut known: Distinct<&str> = labels.map(|(key, _)| key.as_str()).collect();
    let wanted = list(term, "matchLabelKeys").iter().enumerate();
    let places: HashMap<&str, usize> = wanted.filter_map(|(at, label)| Some((label.as_str()?, at))).collect();
    for expression in list(selector, "matchExpressions") {
        let key = text(expression, "key");
        if let (true, Some(at)) = (known.repeats(key), places.get(key)) {
            faults.invalid_text(&path.index(*at), key, "exists in both matchLabelKeys and labelSelector");
        }
    }
}

/// The topology spread constraints of a pod: each pair of key and action once.
pub(in super::super) fn topology_spread(constraints: &[Value], path: &Path<'_>, faults: &mut Faults) {
    let pairs = constraints.iter().map(|constraint| (text(constraint, "topologyKey"), text(constraint, "whenUnsatisfiable")));
    let mut later = Distinct::default();
    let mut repeated: Vec<bool> = pairs.clone().rev().map(|pair| later.repeats(pair)).collect();
    for ((at, constraint), own) in constraints.iter().enumerate().zip(pairs) {
        let at_path = path.index(at);
        spread(constraint, &at_path, faults);
        if repeated.pop() == Some(true) {
            let shown = format!("{{{}, {}}}", own.0, own.1);
            faults.duplicate(&at_path.child("{topologyKey, whenUnsatisfiable}"), &shown.into());
        }
    }
}

fn spread(constraint: &Value, path: &Path<'_>, faults: &mut Faults) {
    const ACTIONS: [&str; 2] = ["DoNotSchedule", "ScheduleAnyway"];
    const POSITIVE: &str = "must be greater than zero";
    if number(constraint, "maxSkew") <= 0 {
        faults.invalid(&path.child("maxSkew"), &number(constraint, "maxSkew").into(), POSITIVE);
    }
    if text(constraint, "topologyKey").is_empty() {
        faults.required(&path.child("topologyKey"), "can not be empty");
    }
    let action = text(constraint, "whenUnsatisfiable");
    if !ACTIONS.contains(&action) {
        faults.unsupported(&path.child("whenUnsatisfiable"), action, &ACTIONS);
    }
    if let Some(least) = constraint.get("minDomains") {
        let field = path.child("minDomains");
        if least.as_i64().is_some_and(|least| least <= 0) {
            faults.invalid(&field, least, POSITIVE);
        }
        if action != "DoNotSchedule" {
            let why = format!("can only use minDomains if whenUnsatisfiable=DoNotSchedule, not {action}");
            faults.invalid(&field, least, why);
        }
    }
    let (keys, selector) = (list(constraint, "matchLabelKeys"), constraint.get("labelSelector"));
    let field = path.child("matchLabelKeys");
    if !keys.is_empty() && selector.is_none() {
        faults.forbidden(&field, "must not be specified when labelSelector is not set");
    }
    for (at, label) in keys.iter().enumerate() {
        key(label.as_str().unwrap_or_default(), &field.index(at), faults);
    }
    selected_twice(constraint, path, faults);
}

/// `core.v1.Toleration`.
pub(in super::super) fn toleration(toleration: &Value, path: &Path<'_>, faults: &mut Faults) {
    let (operator, value, effect) = (text(toleration, "operator"), text(toleration, "value"), text(toleration, "effect"));
    let field = path.child("operator");
    if text(toleration, "key").is_empty() && operator != "Exists" {
        let why = "operator must be Exists when `key` is empty, which means \"match all values and all keys\"";
        faults.invalid_text(&field, operator, why);
    }
    if toleration.get("tolerationSeconds").is_some() && effect != "NoExecute" {
        faults.invalid_text(&path.child("effect"), effect, "effect must be 'NoExecute' when `tolerationSeconds` is set");
    }
    match operator {
        "" | "Equal" => {
            let wrong = label_value_faults(value);
            if !wrong.is_empty() {
                faults.invalid_text(&field, value, wrong.join(";"));
            }
        }
        "Exists" if !value.is_empty() => faults.invalid_text(&field, value, "value must be empty when `operator` is 'Exists'"),
        "Exists" => {}
        // Those that compare numbers are behind a gate that is shut in v1.36.
        other => faults.unsupported(&field, other, &["Equal", "Exists"]),
    }
}
