//! What a pod asks for as a whole, where it says a part of that: upstream's `SetDefaults_Pod` on `spec.resources`.

use serde_json::{Map, Value, json};

use crate::quota::{Amounts, container_amounts};

/// Whether a pod as a whole may ask for `name`.
pub(in crate::kind::builtin) fn is_of_pods(name: &str) -> bool {
    matches!(name, "cpu" | "memory") || is_huge(name)
}

/// Fills in limits of huge pages, requests, then limits; the amounts of the containers are complete by now.
pub(super) fn complete(spec: &mut Map<String, Value>) {
    let said = |spec: &Map<String, Value>, which: &str| {
        spec.get("resources").and_then(|own| own.get(which)).and_then(Value::as_object).is_some_and(|own| !own.is_empty())
    };
    if !said(spec, "limits") && !said(spec, "requests") {
        return;
    }
    let (requests, limits) = (container_amounts(spec, "requests"), container_amounts(spec, "limits"));
    fill(spec, "limits", |name, own| is_huge(name) && own["requests"].get(name).is_none(), &limits);
    if said(spec, "limits") {
        fill(spec, "requests", |name, _| is_of_pods(name) && !is_huge(name), &requests);
        let own = Amounts::read(spec.get("resources").and_then(|own| own.get("limits")));
        fill(spec, "requests", |name, _| is_of_pods(name), &own);
    } else {
        let limited: Vec<&str> = ["cpu", "memory"].into_iter().filter(|name| all_limit(spec, name)).collect();
        fill(spec, "limits", |name, _| limited.contains(&name), &limits);
    }
}

fn is_huge(name: &str) -> bool {
    name.starts_with("hugepages-")
}

/// Takes those of `amounts` that are `wanted`, and that the pod does not say itself.
fn fill(spec: &mut Map<String, Value>, which: &str, wanted: impl Fn(&str, &Value) -> bool, amounts: &Amounts) {
    let Some(own) = spec.get_mut("resources") else { return };
    for (name, amount) in &amounts.0 {
        if wanted(name, own) && own[which].get(name).is_none() {
            if !own[which].is_object() {
                own[which] = json!({});
            }
            own[which][name] = amount.to_string().into();
        }
    }
}

/// Whether no container may take as much of `name` as it wants.
fn all_limit(spec: &Map<String, Value>, name: &str) -> bool {
    let lists = ["containers", "initContainers"].map(|list| spec.get(list).and_then(Value::as_array));
    let mut containers = lists.into_iter().flatten().flatten();
    containers.all(|container| container["resources"]["limits"].get(name).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn completed(spec: Value) -> Value {
        let mut spec = spec.as_object().cloned().unwrap();
        complete(&mut spec);
        spec.shift_remove("resources").unwrap_or_default()
    }

    #[test]
    fn a_pod_asks_for_what_its_containers_ask_for_or_else_for_its_limits() {
        let containers =
            json!([{"resources": {"requests": {"cpu": "1", "a.b/c": "1"}}}, {"resources": {"requests": {"cpu": "500m"}}}]);
        let sidecar = json!([{"restartPolicy": "Always", "resources": {"requests": {"cpu": "500m"}}}]);
        let limits = json!({"cpu": "4", "memory": "1Gi"});
        let own = completed(json!({"containers": containers, "initContainers": sidecar, "resources": {"limits": limits}}));
        assert_eq!(own, json!({"limits": limits, "requests": {"cpu": "2", "memory": "1Gi"}}));
        let said = json!({"limits": limits, "requests": {"cpu": "3", "memory": "1Mi"}});
        assert_eq!(completed(json!({"containers": containers, "resources": said})), said);
        assert_eq!(completed(json!({"containers": containers, "resources": {}})), json!({}));
        assert_eq!(completed(json!({"containers": containers})), Value::Null);
    }

    #[test]
    fn limits_of_all_containers_are_those_of_the_pod() {
        let limit = |amounts: Value| json!({"resources": {"limits": amounts}});
        let containers = json!([limit(json!({"cpu": "1", "memory": "1Gi"})), limit(json!({"cpu": "1"}))]);
        let own = completed(json!({"containers": containers, "resources": {"requests": {"cpu": "1"}}}));
        assert_eq!(own, json!({"requests": {"cpu": "1"}, "limits": {"cpu": "2"}}));
        let huge = json!([limit(json!({"hugepages-2Mi": "4Mi", "cpu": "1"}))]);
        let own = completed(json!({"containers": huge, "resources": {"limits": {"cpu": "2"}}}));
        assert_eq!(own["limits"], json!({"cpu": "2", "hugepages-2Mi": "4Mi"}));
        assert_eq!(own["requests"], json!({"cpu": "2", "hugepages-2Mi": "4Mi"}));
    }
}
