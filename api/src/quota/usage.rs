//! What one object uses.

use std::time::Duration;

use serde_json::Value;

use super::{Amounts, pod_amounts};
use crate::quantity::Quantity;
use crate::time::Time;

/// Collections that quotas count by their plain name too.
const PLAIN: [&str; 7] =
    ["configmaps", "persistentvolumeclaims", "pods", "replicationcontrollers", "resourcequotas", "secrets", "services"];

/// Whether a quota that limits `name` is about the collection `resource` (`pods`, `jobs.batch`).
pub fn is_counted(name: &str, resource: &str) -> bool {
    super::collections(std::iter::once(name)).iter().any(|counted| counted == resource)
}

/// What `object` of the collection `resource` uses at `now` of everything that quotas can limit.
pub fn usage(resource: &str, object: &Value, now: Time) -> Amounts {
    let mut used = Amounts::default();
    used.count(&format!("count/{resource}"), 1);
    if resource != "pods" && PLAIN.contains(&resource) {
        used.count(resource, 1);
    }
    match resource {
        "pods" => pod(object, now, &mut used),
        "services" => service(object, &mut used),
        "persistentvolumeclaims" => claim(object, &mut used),
        _ => {}
    }
    used
}

/// When `object` of the collection `resource` uses less though nothing changes: a pod that is being deleted, once its grace is over a
/// second time (upstream's `QuotaV1Pod`). It should be gone by then, and where its node is lost nobody can say so.
pub fn freed_at(resource: &str, object: &Value) -> Option<Time> {
    if resource != "pods" || has_ended(object) {
        return None;
    }
    let metadata = object.get("metadata")?;
    let deleted = Time::parse(metadata.get("deletionTimestamp")?.as_str()?)?;
    let grace = metadata.get("deletionGracePeriodSeconds")?.as_u64()?;
    Some(deleted.plus(Duration::from_secs(grace)))
}

fn has_ended(pod: &Value) -> bool {
    matches!(pod.pointer("/status/phase").and_then(Value::as_str), Some("Succeeded" | "Failed"))
}

/// A pod that has ended, or should be gone, uses nothing but its place among the objects.
fn pod(pod: &Value, now: Time, used: &mut Amounts) {
    if has_ended(pod) || freed_at("pods", pod).is_some_and(|freed| now > freed) {
        return;
    }
    used.count("pods", 1);
    for (name, amount) in pod_amounts(pod, "requests").0 {
        if matches!(name.as_str(), "cpu" | "memory" | "ephemeral-storage") || name.starts_with("hugepages-") {
            used.add_one(&name, amount);
        }
        used.add_one(&format!("requests.{name}"), amount);
    }
    for (name, amount) in pod_amounts(pod, "limits").0 {
        if matches!(name.as_str(), "cpu" | "memory" | "ephemeral-storage") {
            used.add_one(&format!("limits.{name}"), amount);
        }
    }
}

fn service(service: &Value, used: &mut Amounts) {
    let ports = service.pointer("/spec/ports").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let all = i64::try_from(ports.len()).unwrap_or_default();
    match service.pointer("/spec/type").and_then(Value::as_str) {
        Some("NodePort") => used.count("services.nodeports", all),
        Some("LoadBalancer") => {
            used.count("services.loadbalancers", 1);
            let own = ports.iter().filter(|port| port["nodePort"].as_i64().is_some_and(|port| port != 0)).count();
            let declined = service.pointer("/spec/allocateLoadBalancerNodePorts") == Some(&Value::Bool(false));
            used.count("services.nodeports", if declined { i64::try_from(own).unwrap_or_default() } else { all });
        }
        _ => {}
    }
}

fn claim(claim: &Value, used: &mut Amounts) {
    let annotation = claim.pointer("/metadata/annotations/volume.beta.kubernetes.io~1storage-class");
    let class = annotation.or_else(|| claim.pointer("/spec/storageClassName")).and_then(Value::as_str).unwrap_or_default();
    let storage = storage(claim);
    if let Some(storage) = storage {
        used.add_one("requests.storage", storage);
    }
    if class.is_empty() {
        return;
    }
    used.count(&format!("{class}.storageclass.storage.k8s.io/persistentvolumeclaims"), 1);
    if let Some(storage) = storage {
        used.add_one(&format!("{class}.storageclass.storage.k8s.io/requests.storage"), storage);
    }
}

/// The storage that a claim requests, or what was set aside for it where that is more, in whole bytes.
fn storage(claim: &Value) -> Option<Quantity> {
    let of = |place: &str| Amounts::read(claim.pointer(place)).get("storage");
    let requested = of("/spec/resources/requests")?;
    let storage = of("/status/allocatedResources").map_or(requested, |allocated| requested.max(allocated));
    Some(Quantity::from_units(storage.units(), storage.format()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: Time = Time::from_micros(1_790_000_000_000_000);

    #[test]
    fn pods_services_and_claims_use_what_upstream_counts() {
        let mut pod = json!({"spec": {"containers": [{"resources": {
            "requests": {"cpu": "100m", "example.com/dongle": "2"}, "limits": {"cpu": "1"}}}]}});
        assert_eq!(
            usage("pods", &pod, NOW).to_string(),
            "count/pods=1,cpu=100m,limits.cpu=1,pods=1,requests.cpu=100m,requests.example.com/dongle=2"
        );
        pod["status"] = json!({"phase": "Failed"});
        assert_eq!(usage("pods", &pod, NOW).to_string(), "count/pods=1");
        let service = json!({"spec": {"type": "NodePort", "ports": [{}, {}]}});
        assert_eq!(usage("services", &service, NOW).to_string(), "count/services=1,services=1,services.nodeports=2");
        let claim = json!({"spec": {"storageClassName": "gold", "resources": {"requests": {"storage": "1Gi"}}}});
        assert_eq!(
            usage("persistentvolumeclaims", &claim, NOW)
                .get("gold.storageclass.storage.k8s.io/requests.storage")
                .unwrap()
                .to_string(),
            "1Gi"
        );
        assert_eq!(usage("jobs.batch", &json!({}), NOW).to_string(), "count/jobs.batch=1");
    }

    #[test]
    fn a_claim_uses_whole_bytes_and_what_was_set_aside_for_it() {
        let stored = |requested: &str, allocated: Value| {
            let claim =
                json!({"spec": {"resources": {"requests": {"storage": requested}}}, "status": {"allocatedResources": allocated}});
            usage("persistentvolumeclaims", &claim, NOW).get("requests.storage").unwrap().to_string()
        };
        assert_eq!(stored("100m", json!({})), "1");
        assert_eq!(stored("1Gi", json!({"storage": "2Gi"})), "2Gi");
        assert_eq!(stored("3Gi", json!({"storage": "2Gi"})), "3Gi");
    }

    #[test]
    fn a_pod_that_should_be_gone_uses_nothing_but_its_place() {
        let at = |seconds: u64| NOW.plus(Duration::from_secs(seconds));
        let mut pod = json!({"metadata": {"deletionTimestamp": at(30).seconds(), "deletionGracePeriodSeconds": 30}});
        assert_eq!(freed_at("pods", &pod), Some(at(60)));
        assert_eq!(usage("pods", &pod, at(60)).to_string(), "count/pods=1,pods=1");
        assert_eq!(usage("pods", &pod, at(61)).to_string(), "count/pods=1");
        pod["metadata"]["deletionGracePeriodSeconds"].take();
        assert_eq!(usage("pods", &pod, at(61)).to_string(), "count/pods=1,pods=1");
    }
}
