//! Which objects a quota with scopes is about.

use serde_json::{Value, json};

use super::containers;

/// The scopes of pods that `scopes` may name without a selector.
const OF_PODS: [&str; 6] =
    ["Terminating", "NotTerminating", "BestEffort", "NotBestEffort", "PriorityClass", "CrossNamespacePodAffinity"];

/// Whether `quota` is about `object` of the collection `resource` (`pods`).
pub fn matches(quota: &Value, resource: &str, object: &Value) -> bool {
    requirements(quota).iter().all(|requirement| scope_of(requirement, resource, object))
}

/// Plain scopes and the selector's, all in the form of the selector.
fn requirements(quota: &Value) -> Vec<Value> {
    let plain = quota.pointer("/spec/scopes").and_then(Value::as_array).into_iter().flatten();
    let plain = plain.map(|scope| json!({"scopeName": scope, "operator": "Exists"}));
    let chosen = quota.pointer("/spec/scopeSelector/matchExpressions").and_then(Value::as_array).into_iter().flatten();
    plain.chain(chosen.cloned()).collect()
}

/// Whether `object` of the collection `resource` is in the scope that `requirement` describes.
pub fn scope_of(requirement: &Value, resource: &str, object: &Value) -> bool {
    let scope = requirement["scopeName"].as_str().unwrap_or_default();
    match resource {
        "pods" if OF_PODS.contains(&scope) => pod(requirement, scope, object),
        "persistentvolumeclaims" if scope == "VolumeAttributesClass" => {
            let mut names = attributes_classes(object).peekable();
            if names.peek().is_none() { chosen(requirement, "") } else { names.any(|name| chosen(requirement, name)) }
        }
        _ => false,
    }
}

/// The volume attributes classes that a claim asks for, has, and is on its way to.
fn attributes_classes(claim: &Value) -> impl Iterator<Item = &str> {
    const PLACES: [&str; 3] = [
        "/spec/volumeAttributesClassName",
        "/status/currentVolumeAttributesClassName",
        "/status/modifyVolumeStatus/targetVolumeAttributesClassName",
    ];
    let names = PLACES.into_iter().filter_map(|place| claim.pointer(place).and_then(Value::as_str));
    names.filter(|name| !name.is_empty())
}

fn pod(requirement: &Value, scope: &str, pod: &Value) -> bool {
    let terminating = pod.pointer("/spec/activeDeadlineSeconds").is_some_and(|seconds| !seconds.is_null());
    match scope {
        "Terminating" => terminating,
        "NotTerminating" => !terminating,
        "BestEffort" => is_best_effort(pod),
        "NotBestEffort" => !is_best_effort(pod),
        "PriorityClass" => {
            chosen(requirement, pod.pointer("/spec/priorityClassName").and_then(Value::as_str).unwrap_or_default())
        }
        _ => has_cross_namespace_affinity(pod),
    }
}

fn chosen(requirement: &Value, name: &str) -> bool {
    let values = requirement["values"].as_array().map(Vec::as_slice).unwrap_or_default();
    let listed = values.iter().any(|value| value == name);
    match requirement["operator"].as_str() {
        Some("In") => listed,
        Some("NotIn") => !listed,
        Some("DoesNotExist") => name.is_empty(),
        _ => !name.is_empty(),
    }
}

fn is_best_effort(pod: &Value) -> bool {
    let asks = |holder: &Value| {
        ["requests", "limits"].iter().any(|which| {
            let list = holder.pointer(&format!("/resources/{which}"));
            ["cpu", "memory"].iter().any(|name| super::Amounts::read(list).get(name).is_some_and(|amount| !amount.is_zero()))
        })
    };
    !containers(pod).any(asks) && !pod.get("spec").is_some_and(asks)
}

fn has_cross_namespace_affinity(pod: &Value) -> bool {
    let terms = |kind: &str| {
        let of = move |field: &str| {
            let pointer = format!("/spec/affinity/{kind}/{field}DuringSchedulingIgnoredDuringExecution");
            pod.pointer(&pointer).and_then(Value::as_array).into_iter().flatten()
        };
        of("required").chain(of("preferred").filter_map(|term| term.get("podAffinityTerm")))
    };
    let crosses = |term: &Value| {
        let names = term.get("namespaces").and_then(Value::as_array).is_some_and(|names| !names.is_empty());
        names || term.get("namespaceSelector").is_some_and(|selector| !selector.is_null())
    };
    terms("podAffinity").chain(terms("podAntiAffinity")).any(crosses)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scoped_quota_is_about_its_pods_alone() {
        let quota = |scope: &str| json!({"spec": {"scopes": [scope]}});
        let pod = json!({"spec": {"containers": [{}], "activeDeadlineSeconds": 5, "priorityClassName": "high"}});
        for (scope, wanted) in [("Terminating", true), ("NotTerminating", false), ("BestEffort", true), ("NotBestEffort", false)]
        {
            assert_eq!(matches(&quota(scope), "pods", &pod), wanted, "{scope}");
            assert!(!matches(&quota(scope), "services", &json!({})));
        }
        let by_class = |operator: &str| {
            json!({"spec": {"scopeSelector": {"matchExpressions": [
                {"scopeName": "PriorityClass", "operator": operator, "values": ["high"]}]}}})
        };
        assert!(matches(&by_class("In"), "pods", &pod) && !matches(&by_class("NotIn"), "pods", &pod));
        assert!(matches(&json!({"spec": {}}), "services", &json!({})));
    }

    #[test]
    fn a_claim_is_of_the_classes_that_it_names_anywhere() {
        let is_of = |operator: &str, claim: &Value| {
            let requirement = json!({"scopeName": "VolumeAttributesClass", "operator": operator, "values": ["gold"]});
            scope_of(&requirement, "persistentvolumeclaims", claim)
        };
        let asked = json!({"spec": {"volumeAttributesClassName": "gold"}});
        assert!(is_of("In", &asked) && is_of("Exists", &asked));
        assert!(!is_of("NotIn", &asked) && !is_of("DoesNotExist", &asked), "a class that is not there is none");
        let on_its_way = json!({"status": {"modifyVolumeStatus": {"targetVolumeAttributesClassName": "gold"}}});
        assert!(is_of("In", &on_its_way));
        let both =
            json!({"spec": {"volumeAttributesClassName": "gold"}, "status": {"currentVolumeAttributesClassName": "silver"}});
        assert!(is_of("In", &both) && is_of("NotIn", &both));
        let none = json!({"spec": {"volumeAttributesClassName": ""}});
        assert!(is_of("DoesNotExist", &none) && is_of("NotIn", &none) && !is_of("Exists", &none));
    }
}
