//! How deletion goes with the kinds that know more than finalizers.

use serde_json::{Value, json};

use crate::custom::CLEANUP;

/// Seconds a pod is given: what was asked for, or what its spec says. A pod that runs nowhere, or no
/// longer, goes at once; a negative period is the shortest.
pub(super) fn pod_grace(pod: &Value, asked: Option<i64>) -> Option<i64> {
    let unscheduled = pod["spec"]["nodeName"].as_str().is_none_or(str::is_empty);
    let ended = matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
    let period = asked.or_else(|| pod["spec"]["terminationGracePeriodSeconds"].as_i64()).unwrap_or(30);
    Some(match period {
        _ if unscheduled || ended => 0,
        ..0 => 1,
        period => period,
    })
}

/// A namespace whose deletion began is terminating.
pub(super) fn namespace_terminate(namespace: &mut Value) {
    if let Some(map) = namespace.as_object_mut() {
        let status = map.entry("status").or_insert_with(|| Value::Object(serde_json::Map::new()));
        status["phase"] = "Terminating".into();
    }
}

/// A definition whose deletion began is terminating, and held until its objects are gone.
pub(super) fn definition_terminate(definition: &mut Value) {
    let now = definition["metadata"]["deletionTimestamp"].clone();
    let Some(meta) = definition["metadata"].as_object_mut() else { return };
    // Upstream gives it no grace and counts no generation.
    meta.shift_remove("deletionGracePeriodSeconds");
    if let Some(generation) = meta.get("generation").and_then(Value::as_i64) {
        meta.insert("generation".into(), (generation - 1).into());
    }
    let finalizers = meta.entry("finalizers").or_insert_with(|| Value::Array(Vec::new()));
    if let Some(finalizers) = finalizers.as_array_mut().filter(|list| !list.iter().any(|name| name == CLEANUP)) {
        finalizers.push(CLEANUP.into());
    }
    let conditions = &mut definition["status"]["conditions"];
    if !conditions.is_array() {
        *conditions = Value::Array(Vec::new());
    }
    if let Some(conditions) = conditions.as_array_mut() {
        conditions.retain(|condition| condition["type"] != "Terminating");
        conditions.push(json!({
            "type": "Terminating", "status": "True", "lastTransitionTime": now, "reason": "InstanceDeletionPending",
            "message": "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
        }));
    }
}

/// A namespace is held until its own finalizers are gone: until it is empty.
pub(super) fn namespace_held(namespace: &Value) -> bool {
    namespace["spec"]["finalizers"].as_array().is_some_and(|finalizers| !finalizers.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_that_runs_nowhere_goes_at_once() {
        let mut pod = json!({"spec": {"terminationGracePeriodSeconds": 7}});
        assert_eq!(pod_grace(&pod, None), Some(0));
        pod["spec"]["nodeName"] = "n".into();
        assert_eq!((pod_grace(&pod, None), pod_grace(&pod, Some(3)), pod_grace(&pod, Some(-1))), (Some(7), Some(3), Some(1)));
        pod["status"] = json!({"phase": "Failed"});
        assert_eq!(pod_grace(&pod, Some(3)), Some(0));
    }
}
