//! What one object uses.

use serde_json::Value;

use super::{Amounts, pod_amounts};

/// Collections that quotas count by their plain name too.
const PLAIN: [&str; 7] =
    ["configmaps", "persistentvolumeclaims", "pods", "replicationcontrollers", "resourcequotas", "secrets", "services"];

/// Whether a quota that limits `name` is about the collection `resource` (`pods`, `jobs.batch`).
pub fn is_counted(name: &str, resource: &str) -> bool {
    super::collections(std::iter::once(name)).iter().any(|counted| counted == resource)
}

/// What `object` of the collection `resource` uses of everything that quotas can limit.
pub fn usage(resource: &str, object: &Value) -> Amounts {
    let mut used = Amounts::default();
    used.count(&format!("count/{resource}"), 1);
    if resource != "pods" && PLAIN.contains(&resource) {
        used.count(resource, 1);
    }
    match resource {
        "pods" => pod(object, &mut used),
        "services" => service(object, &mut used),
        "persistentvolumeclaims" => claim(object, &mut used),
        _ => {}
    }
    used
}

/// A pod that has ended uses nothing but its place among the objects.
fn pod(pod: &Value, used: &mut Amounts) {
    if matches!(pod.pointer("/status/phase").and_then(Value::as_str), Some("Succeeded" | "Failed")) {
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
    let storage = Amounts::read(claim.pointer("/spec/resources/requests")).get("storage");
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn pods_services_and_claims_use_what_upstream_counts() {
        let mut pod = json!({"spec": {"containers": [{"resources": {
            "requests": {"cpu": "100m", "example.com/dongle": "2"}, "limits": {"cpu": "1"}}}]}});
        assert_eq!(
            usage("pods", &pod).to_string(),
            "count/pods=1,cpu=100m,limits.cpu=1,pods=1,requests.cpu=100m,requests.example.com/dongle=2"
        );
        pod["status"] = json!({"phase": "Failed"});
        assert_eq!(usage("pods", &pod).to_string(), "count/pods=1");
        let service = json!({"spec": {"type": "NodePort", "ports": [{}, {}]}});
        assert_eq!(usage("services", &service).to_string(), "count/services=1,services=1,services.nodeports=2");
        let claim = json!({"spec": {"storageClassName": "gold", "resources": {"requests": {"storage": "1Gi"}}}});
        assert_eq!(
            usage("persistentvolumeclaims", &claim).get("gold.storageclass.storage.k8s.io/requests.storage").unwrap().to_string(),
            "1Gi"
        );
        assert_eq!(usage("jobs.batch", &json!({})).to_string(), "count/jobs.batch=1");
    }
}
