//! Objects that scenarios of the shared suite are made of, and those who play along.

use std::sync::Arc;

use kontiki_api::object::Object;
use kontiki_runtime::testing::MemoryCluster;
use serde_json::{Value, json};

/// An object without content.
pub(crate) fn object(api_version: &str, kind: &str, namespace: &str, name: &str) -> Value {
    json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": namespace}})
}

/// `value` after `change`.
pub(crate) fn changed(mut value: Value, change: impl FnOnce(&mut Value)) -> Value {
    change(&mut value);
    value
}

/// A namespace.
pub(crate) fn namespace(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
}

/// A pod of one container.
pub(crate) fn pod(namespace: &str, name: &str, change: impl FnOnce(&mut Value)) -> Value {
    changed(object("v1", "Pod", namespace, name), |pod| {
        pod["spec"] = json!({"containers": [{"name": "c", "image": "i"}]});
        change(pod);
    })
}

/// A node for two pods.
pub(crate) fn node(name: &str, ready: bool) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Node", "metadata": {"name": name},
        "status": {
            "allocatable": {"cpu": "2", "memory": "4Gi", "pods": "2"},
            "conditions": [{"type": "Ready", "status": if ready { "True" } else { "False" }}],
        },
    })
}

/// The Service `ns/web`.
pub(crate) fn service() -> Value {
    changed(object("v1", "Service", "ns", "web"), |service| {
        service["spec"] = json!({
            "selector": {"app": "web"},
            "ports": [{"name": "http", "port": 80, "targetPort": "web", "protocol": "TCP"}],
        });
    })
}

/// A pod behind the Service `ns/web`.
pub(crate) fn backend(name: &str, address: &str, ready: bool) -> Value {
    pod("ns", name, |pod| {
        pod["metadata"]["labels"] = json!({"app": "web"});
        pod["spec"]["containers"][0]["ports"] = json!([{"name": "web", "containerPort": 8080}]);
        let status = if ready { "True" } else { "False" };
        pod["status"] = json!({"phase": "Running", "podIP": address, "conditions": [{"type": "Ready", "status": status}]});
    })
}

/// Every object of one collection.
pub(crate) fn objects(cluster: &MemoryCluster, resource: &str) -> Vec<Arc<Object>> {
    cluster.objects().filter(|object| object.key.resource.as_str() == resource).cloned().collect()
}

/// Puts `object` in place.
pub(crate) fn replace(cluster: &mut MemoryCluster, object: Value) {
    if let Err(status) = cluster.put(object.clone()) {
        panic!("{status}: {object}");
    }
}

/// Every new pod runs and is ready.
pub(crate) fn kubelets(cluster: &mut MemoryCluster) {
    let now = cluster.now().seconds();
    for pod in objects(cluster, "pods") {
        let mut value = pod.to_value();
        if value.pointer("/status/phase").is_none_or(|phase| phase == "Pending") {
            let ready = json!({"type": "Ready", "status": "True", "lastTransitionTime": now});
            value["status"] = json!({"phase": "Running", "conditions": [ready]});
            replace(cluster, value);
        }
    }
}
