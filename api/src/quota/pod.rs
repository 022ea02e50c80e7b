//! What a pod asks for in all.

use std::collections::BTreeMap;

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
    summed(spec, |container, _| Amounts::read(container.pointer(&format!("/resources/{which}"))))
}

/// The same with the amounts `of` a container that keeps running, or only prepares the pod.
fn summed(spec: &Map<String, Value>, of: impl Fn(&Value, bool) -> Amounts) -> Amounts {
    let list = |field: &str| spec.get(field).and_then(Value::as_array).into_iter().flatten();
    let mut total = Amounts::default();
    list("containers").for_each(|container| total.add(&of(container, true)));
    let (mut sidecars, mut preparing) = (Amounts::default(), Amounts::default());
    for container in list("initContainers") {
        let stays = container["restartPolicy"] == "Always";
        let mut needed = of(container, stays);
        if stays {
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

/// The `requests` or `limits` (`which`) that a pod is charged for: what it states, or what it has still where it is being resized to
/// less; and its overhead on top.
pub fn pod_amounts(pod: &Value, which: &str) -> Amounts {
    let held = Held::read(pod, which);
    let spec = pod.get("spec").and_then(Value::as_object);
    let mut total = spec.map(|spec| summed(spec, |container, stays| held.container(container, stays))).unwrap_or_default();
    let stated = Amounts::read(pod.pointer(&format!("/spec/resources/{which}")));
    let charged = held.effective(&stated, pod.get("status"));
    for name in stated.0.into_keys() {
        let amount = charged.get(&name).unwrap_or_default();
        total.0.insert(name, amount);
    }
    for (name, amount) in Amounts::read(pod.pointer("/spec/overhead")).0 {
        // A limit that is not there is not made by overhead.
        if which == "requests" || total.0.contains_key(&name) {
            total.add_one(&name, amount);
        }
    }
    total
}

/// What the node of a pod says of its `requests` or `limits`.
struct Held<'a> {
    which: &'a str,
    /// The statuses of its containers by their names.
    statuses: BTreeMap<&'a str, &'a Value>,
    /// Whether the node has no room for what the pod states by now, and never will.
    infeasible: bool,
}

impl<'a> Held<'a> {
    fn read(pod: &'a Value, which: &'a str) -> Self {
        let list = |field: &str| pod.pointer(field).and_then(Value::as_array).into_iter().flatten();
        let all = list("/status/containerStatuses").chain(list("/status/initContainerStatuses"));
        let statuses = all.filter_map(|status| Some((status.get("name")?.as_str()?, status))).collect();
        let resize = list("/status/conditions").find(|condition| condition["type"] == "PodResizePending");
        Self { which, statuses, infeasible: resize.is_some_and(|condition| condition["reason"] == "Infeasible") }
    }

    /// What `container` is charged for.
    fn container(&self, container: &Value, stays: bool) -> Amounts {
        let stated = Amounts::read(container.pointer(&format!("/resources/{}", self.which)));
        let status = container.get("name").and_then(Value::as_str).and_then(|name| self.statuses.get(name));
        self.effective(&stated, status.filter(|_| stays).copied())
    }

    /// The most of what is `stated` and what `status` tells, where it tells of resources (upstream's `determineEffectiveRequests`).
    fn effective(&self, stated: &Amounts, status: Option<&Value>) -> Amounts {
        let resources = status.and_then(|status| status.get("resources")).filter(|resources| !resources.is_null());
        let Some(resources) = resources else { return stated.clone() };
        let mut most = Amounts::read(resources.get(self.which));
        if self.which == "requests" {
            most.raise(&Amounts::read(status.and_then(|status| status.get("allocatedResources"))));
        }
        if !self.infeasible {
            most.raise(stated);
        }
        most
    }
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

    #[test]
    fn what_is_given_back_counts_until_the_node_has_taken_it() {
        let cpu = |amount: &str| json!({"cpu": amount});
        let status = |name: &str, limits: &str| {
            let resources = json!({"requests": cpu("2"), "limits": cpu(limits)});
            json!({"name": name, "resources": resources, "allocatedResources": cpu("3")})
        };
        let one = |name: &str| json!({"name": name, "resources": {"requests": cpu("1"), "limits": cpu("4")}});
        let mut pod = json!({"spec": {"containers": [one("a")]}, "status": {"containerStatuses": [status("a", "5")]}});
        let charged = |pod: &Value| (pod_amounts(pod, "requests").to_string(), pod_amounts(pod, "limits").to_string());
        assert_eq!(charged(&pod), ("cpu=3".into(), "cpu=5".into()));
        pod["spec"]["containers"][0]["resources"] = json!({"requests": cpu("8"), "limits": cpu("9")});
        assert_eq!(charged(&pod), ("cpu=8".into(), "cpu=9".into()));
        pod["status"]["conditions"] = json!([{"type": "PodResizePending", "status": "True", "reason": "Infeasible"}]);
        assert_eq!(charged(&pod), ("cpu=3".into(), "cpu=5".into()), "what it will never get is not charged");
        pod["spec"]["initContainers"] = json!([one("b")]);
        pod["status"]["initContainerStatuses"] = json!([status("b", "7")]);
        assert_eq!(charged(&pod), ("cpu=3".into(), "cpu=5".into()), "what prepares the pod is not resized");
        pod["spec"]["initContainers"][0]["restartPolicy"] = json!("Always");
        assert_eq!(charged(&pod), ("cpu=6".into(), "cpu=12".into()));
        let whole = json!({"requests": cpu("1"), "limits": cpu("1")});
        let held = json!({"resources": {"requests": cpu("2"), "limits": cpu("3")}});
        let pod = json!({"spec": {"resources": whole, "containers": []}, "status": held});
        assert_eq!(charged(&pod), ("cpu=2".into(), "cpu=3".into()));
        assert_eq!(stated_amounts(&pod, "requests").to_string(), "cpu=1");
    }
}
