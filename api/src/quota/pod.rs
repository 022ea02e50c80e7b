//! What a pod asks for in all.

use serde_json::{Map, Value};

use super::Amounts;

/// The containers of a pod, those that only prepare it before the others.
pub fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    let of = |field: &str| pod.pointer(field).and_then(Value::as_array).into_iter().flatten();
    of("/spec/initContainers").chain(of("/spec/containers"))
}

/// The `requests` or `limits` (`which`) of the containers of the pod that `spec` is of: those of its containers and
/// sidecars together, or of one that prepares it where that needs more.
pub fn container_amounts(spec: &Map<String, Value>, which: &str) -> Amounts {
    let of = |container: &Value| Amounts::read(container.pointer(&format!("/resources/{which}")));
    let list = |field: &str| spec.get(field).and_then(Value::as_array).into_iter().flatten();
    let mut total = Amounts::default();
    list("containers").for_each(|container| total.add(&of(container)));
    let (mut sidecars, mut preparing) = (Amounts::default(), Amounts::default());
    for container in list("initContainers") {
        let mut needed = of(container);
        if container["restartPolicy"] == "Always" {
            total.add(&needed);
            sidecars.add(&needed);
            preparing.raise(&sidecars);
        } else {
            needed.add(&sidecars);
            preparing.raise(&needed);
        }
    }
    total.raise(&preparing);
    total
}

/// The `requests` or `limits` (`which`) that a pod states: those of its containers; those of the pod as a whole go before.
pub fn stated_amounts(pod: &Value, which: &str) -> Amounts {
    let spec = pod.get("spec").and_then(Value::as_object);
    let mut total = spec.map(|spec| container_amounts(spec, which)).unwrap_or_default();
    for (name, amount) in Amounts::read(pod.pointer(&format!("/spec/resources/{which}"))).0 {
        total.0.insert(name, amount);
    }
    total
}

/// The `requests` or `limits` (`which`) of a pod: what it states, and its overhead on top.
pub fn pod_amounts(pod: &Value, which: &str) -> Amounts {
    let mut total = stated_amounts(pod, which);
    for (name, amount) in Amounts::read(pod.pointer("/spec/overhead")).0 {
        // A limit that is not there is not made by overhead.
        if which == "requests" || total.0.contains_key(&name) {
            total.add_one(&name, amount);
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_preparing_container_counts_where_it_needs_more_than_all_others() {
        let one = |cpu: &str| json!({"resources": {"requests": {"cpu": cpu}}});
        let mut pod = json!({"spec": {"containers": [one("1"), one("500m")], "initContainers": [one("2")]}});
        assert_eq!(pod_amounts(&pod, "requests").to_string(), "cpu=2");
        pod["spec"]["initContainers"][0]["restartPolicy"] = json!("Always");
        assert_eq!(pod_amounts(&pod, "requests").to_string(), "cpu=3500m");
        pod["spec"]["overhead"] = json!({"cpu": "100m"});
        assert_eq!(pod_amounts(&pod, "requests").to_string(), "cpu=3600m");
        assert_eq!(pod_amounts(&pod, "limits").to_string(), "");
    }
}
