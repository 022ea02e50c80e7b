//! New pods.

use serde_json::{Value, json};

use super::generic;
use crate::quantity::Quantity;

/// A new pod is pending, of a class that its containers decide for good.
pub(super) fn create(pod: &mut Value) {
    generic::create::<false, true>(pod);
    let class = qos_class(pod);
    generic::put(pod, "status", json!({"phase": "Pending", "qosClass": class}));
}

/// The quality-of-service class of `pod`: `Guaranteed` where each container's requests for CPU and
/// memory are its limits, `BestEffort` where there are none, else `Burstable`.
pub fn qos_class(pod: &Value) -> &'static str {
    let lists = ["containers", "initContainers"].map(|list| pod["spec"][list].as_array().map(Vec::as_slice).unwrap_or_default());
    let containers = || lists.iter().copied().flatten().map(|container| &container["resources"]);
    if containers().all(|resources| ["requests", "limits"].iter().all(|of| counted(&resources[*of]) == [None, None])) {
        return "BestEffort";
    }
    let guaranteed = containers().all(|resources| {
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
    }
}
