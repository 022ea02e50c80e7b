//! The flow schemas and levels that every cluster has, and has alike.

use serde_json::{Value, json};

use super::flows::{CATCH_ALL, EXEMPT};

/// The spec of the schema called `name`, where it is not for users to say, in the order of [`ordered`].
pub(super) fn schema(name: &str) -> Option<Value> {
    let (precedence, groups): (_, &[&str]) = match name {
        EXEMPT => (1, &["system:masters"]),
        CATCH_ALL => (10_000, &["system:authenticated", "system:unauthenticated"]),
        _ => return None,
    };
    let subjects: Vec<Value> = groups.iter().map(|group| json!({"kind": "Group", "group": {"name": group}})).collect();
    let resources = json!({
        "verbs": ["*"], "apiGroups": ["*"], "resources": ["*"], "clusterScope": true, "namespaces": ["*"],
    });
    let rule = json!({
        "subjects": subjects, "resourceRules": [resources],
        "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}],
    });
    let mut spec = json!({"priorityLevelConfiguration": {"name": name}, "matchingPrecedence": precedence, "rules": [rule]});
    if name == CATCH_ALL {
        spec["distinguisherMethod"] = json!({"type": "ByUser"});
    }
    Some(spec)
}

/// The spec of a schema with the groups of each rule in order: which is told first says nothing.
pub(super) fn ordered(spec: &Value) -> Value {
    let mut spec = spec.clone();
    for rule in spec.get_mut("rules").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(subjects) = rule.get_mut("subjects").and_then(Value::as_array_mut) {
            subjects.sort_by_cached_key(Value::to_string);
        }
    }
    spec
}

/// The spec of the level called `name`, where it is not for users to say.
pub(super) fn level(name: &str) -> Option<Value> {
    match name {
        EXEMPT => Some(json!({"type": "Exempt"})),
        CATCH_ALL => {
            let response = json!({"type": "Reject"});
            let limited = json!({"nominalConcurrencyShares": 5, "lendablePercent": 0, "limitResponse": response});
            Some(json!({"type": "Limited", "limited": limited}))
        }
        _ => None,
    }
}
