//! New pods.

use serde_json::{Map, Value, json};

use super::generic;
use crate::kind::builtin::defaults::is_of_pods;
use crate::quantity::Quantity;
use crate::time::Time;

/// A new pod is pending, of a class that its resources decide for good. Keys of labels that it is to be matched by become
/// requirements with its own values.
pub(super) fn create(pod: &mut Value) {
    generic::create::<false, true>(pod);
    let mut status = json!({"phase": "Pending", "qosClass": qos_class(pod)});
    if let Some(condition) = gated(pod) {
        status["conditions"] = json!([condition]);
    }
    generic::put(pod, "status", status);
    super::app_armor::copy(pod);
    let labels = pod["metadata"].get("labels").and_then(Value::as_object).cloned().unwrap_or_default();
    for term in pod.get_mut("spec").map(terms).unwrap_or_default() {
        match_own_labels(term, &labels);
    }
}

/// That the gates of a new pod keep it from being scheduled.
fn gated(pod: &Value) -> Option<Value> {
    pod["spec"]["schedulingGates"].as_array().filter(|gates| !gates.is_empty())?;
    let mut condition = json!({"type": "PodScheduled", "status": "False", "reason": "SchedulingGated",
        "message": "Scheduling is blocked due to non-empty scheduling gates"});
    if let Some(now) = pod["metadata"].get("creationTimestamp") {
        condition["lastTransitionTime"] = now.clone();
    }
    Some(condition)
}

/// Every struct of a pod's spec that can name keys of the pod's own labels.
fn terms(spec: &mut Value) -> Vec<&mut Value> {
    let mut terms = Vec::new();
    let Some(spec) = spec.as_object_mut() else { return terms };
    for (name, value) in spec.iter_mut() {
        match name.as_str() {
            "topologySpreadConstraints" => terms.extend(value.as_array_mut().into_iter().flatten()),
            "affinity" => terms.extend(affinity_terms(value)),
            _ => {}
        }
    }
    terms
}

fn affinity_terms(affinity: &mut Value) -> impl Iterator<Item = &mut Value> {
    let parts = affinity.as_object_mut().into_iter().flatten().filter(|(name, _)| *name != "nodeAffinity");
    let lists = parts.filter_map(|(_, part)| part.as_object_mut()).flatten();
    let items = lists.filter_map(|(_, list)| list.as_array_mut()).flatten();
    items.filter_map(|item| if item.get("podAffinityTerm").is_some() { item.get_mut("podAffinityTerm") } else { Some(item) })
}

/// A term without a selector matches nothing, with or without its keys.
fn match_own_labels(term: &mut Value, labels: &Map<String, Value>) {
    let mut added = Vec::new();
    for (field, operator) in [("matchLabelKeys", "In"), ("mismatchLabelKeys", "NotIn")] {
        for key in term[field].as_array().into_iter().flatten().filter_map(Value::as_str) {
            let value = labels.get(key).map(|value| json!({"key": key, "operator": operator, "values": [value]}));
            added.extend(value);
        }
    }
    let Some(selector) = term.get_mut("labelSelector").and_then(Value::as_object_mut) else { return };
    if added.is_empty() {
        return;
    }
    match selector.get_mut("matchExpressions").and_then(Value::as_array_mut) {
        Some(own) => own.extend(added),
        None => drop(selector.insert("matchExpressions".into(), added.into())),
    }
}

/// What a status keeps that does not say it: the class of the pod, and which generation it is about.
pub(in crate::kind::builtin) fn status(new: &mut Value, old: &Value, _: Time) {
    if !new["status"].is_object() {
        return;
    }
    for field in ["qosClass", "observedGeneration"] {
        keep_unsaid(&mut new["status"], &old["status"], field);
    }
    let before = old["status"]["conditions"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut used = vec![false; before.len()];
    for condition in new["status"].get_mut("conditions").and_then(Value::as_array_mut).into_iter().flatten() {
        let mut same = before.iter().zip(&mut used).filter(|(old, used)| !**used && old["type"] == condition["type"]);
        if let Some((old, used)) = same.next() {
            *used = true;
            keep_unsaid(condition, old, "observedGeneration");
        }
    }
}

fn keep_unsaid(new: &mut Value, old: &Value, field: &str) {
    let unsaid = new.get(field).is_none_or(|value| value.is_null() || *value == 0 || *value == "");
    if let Some(value) = old.get(field).filter(|_| unsaid) {
        generic::put(new, field, value.clone());
    }
}

/// The quality-of-service class of `pod`: `Guaranteed` where each container's requests for CPU and
/// memory are its limits, `BestEffort` where there are none, else `Burstable`. What the pod asks for as a whole goes before
/// what its containers ask for.
pub fn qos_class(pod: &Value) -> &'static str {
    let spec = &pod["spec"];
    let lists = ["containers", "initContainers"].map(|list| spec[list].as_array().map(Vec::as_slice).unwrap_or_default());
    let own = &spec["resources"];
    let asks = |of: &str| own[of].as_object().is_some_and(|amounts| amounts.keys().any(|name| is_of_pods(name)));
    let parts: Vec<&Value> = if ["requests", "limits"].into_iter().any(asks) {
        vec![own]
    } else {
        lists.iter().copied().flatten().map(|container| &container["resources"]).collect()
    };
    if parts.iter().all(|resources| ["requests", "limits"].iter().all(|of| counted(&resources[*of]) == [None, None])) {
        return "BestEffort";
    }
    let guaranteed = parts.iter().all(|resources| {
        let limits = counted(&resources["limits"]);
        limits.iter().all(Option::is_some) && counted(&resources["requests"]) == limits
    });
    if guaranteed { "Guaranteed" } else { "Burstable" }
}

/// The amounts of CPU and memory, those that are more than nothing.
fn counted(amounts: &Value) -> [Option<Quantity>; 2] {
    ["cpu", "memory"].map(|name| Quantity::from_value(amounts.get(name)?).ok().filter(|amount| !amount.is_zero()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_class_follows_from_requests_and_limits() {
        let class = |resources: Value| qos_class(&json!({"spec": {"containers": [{"resources": resources}]}}));
        let all = json!({"cpu": "1", "memory": "1Gi"});
        assert_eq!(class(json!({})), "BestEffort");
        assert_eq!(class(json!({"limits": all, "requests": all})), "Guaranteed");
        assert_eq!(class(json!({"limits": all, "requests": {"cpu": "1", "memory": "1"}})), "Burstable");
        assert_eq!(class(json!({"requests": {"cpu": "1m"}})), "Burstable");
        let whole =
            json!({"containers": [{"resources": {"requests": {"cpu": "1"}}}], "resources": {"limits": all, "requests": all}});
        assert_eq!(qos_class(&json!({"spec": whole})), "Guaranteed");
        let part = json!({"containers": [{}], "resources": {"requests": {"cpu": "1"}}});
        assert_eq!(qos_class(&json!({"spec": part})), "Burstable");
    }

    #[test]
    fn keys_of_labels_become_requirements_with_the_pods_own_values() {
        let term = json!({"topologyKey": "zone", "labelSelector": {"matchLabels": {"app": "a"}}, "matchLabelKeys": ["hash", "none"],
            "mismatchLabelKeys": ["tenant"]});
        let bare = json!({"topologyKey": "zone", "matchLabelKeys": ["hash"]});
        let spread =
            json!({"labelSelector": {"matchExpressions": [{"key": "x", "operator": "Exists"}]}, "matchLabelKeys": ["hash"]});
        let (required, preferred) =
            ("requiredDuringSchedulingIgnoredDuringExecution", "preferredDuringSchedulingIgnoredDuringExecution");
        let mut pod = json!({"metadata": {"labels": {"hash": "7", "tenant": "t"}}, "spec": {"containers": [],
            "affinity": {"podAffinity": {required: [term.clone(), bare.clone()]}, "podAntiAffinity": {preferred: [{"weight": 1, "podAffinityTerm": term}]}},
            "topologySpreadConstraints": [spread]}});
        create(&mut pod);
        let hash = json!({"key": "hash", "operator": "In", "values": ["7"]});
        let both = json!([hash, {"key": "tenant", "operator": "NotIn", "values": ["t"]}]);
        let affinity = &pod["spec"]["affinity"];
        assert_eq!(affinity["podAffinity"][required][0]["labelSelector"]["matchExpressions"], both);
        assert_eq!(affinity["podAffinity"][required][1], bare);
        assert_eq!(affinity["podAntiAffinity"][preferred][0]["podAffinityTerm"]["labelSelector"]["matchExpressions"], both);
        let spread = &pod["spec"]["topologySpreadConstraints"][0]["labelSelector"]["matchExpressions"];
        assert_eq!(*spread, json!([{"key": "x", "operator": "Exists"}, hash]));
    }

    #[test]
    fn a_pod_behind_a_gate_says_so_from_the_start() {
        let mut pod =
            json!({"metadata": {"creationTimestamp": "2026-01-01T00:00:00Z"}, "spec": {"schedulingGates": [{"name": "g"}]}});
        create(&mut pod);
        let condition = json!({"type": "PodScheduled", "status": "False", "reason": "SchedulingGated",
            "message": "Scheduling is blocked due to non-empty scheduling gates", "lastTransitionTime": "2026-01-01T00:00:00Z"});
        assert_eq!(pod["status"]["conditions"], json!([condition]));
    }

    #[test]
    fn a_status_keeps_what_older_kubelets_leave_out() {
        let ready = json!({"type": "Ready", "status": "True", "observedGeneration": 3});
        let old = json!({"status": {"qosClass": "Burstable", "observedGeneration": 3, "conditions": [ready]}});
        let mut new = json!({"status": {"phase": "Failed", "conditions": [{"type": "Ready", "status": "False"}]}});
        status(&mut new, &old, Time::default());
        assert_eq!((&new["status"]["qosClass"], &new["status"]["observedGeneration"]), (&json!("Burstable"), &json!(3)));
        assert_eq!(new["status"]["conditions"], json!([{"type": "Ready", "status": "False", "observedGeneration": 3}]));
    }
}
