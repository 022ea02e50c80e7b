//! Simulated nodes on a cluster in memory.

use std::sync::Arc;
use std::time::Duration;

use kontiki_api::meta::Key;
use kontiki_kubelet::simulated_nodes::{SimulatedNodes, SimulatedNodesConfig};
use kontiki_runtime::testing::MemoryClient;
use serde_json::json;
use tokio_util::sync::CancellationToken;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pods_of_simulated_nodes_run_and_go_at_once() {
    let client = MemoryClient::default();
    client.with(|cluster| {
        cluster.put(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-node-lease"}})).unwrap();
    });
    let stop = CancellationToken::new();
    let config = SimulatedNodesConfig {
        count: 20,
        prefix: "sim-".into(),
        named: Vec::new(),
        client: Arc::new(client.clone()),
        start_id: 1,
    };
    let engine = SimulatedNodes::start(config, &stop).unwrap();
    let wait = Duration::from_secs(30);
    let count = |resource: &'static str| move |object: &Key| object.resource.as_str() == resource;
    let nodes = client.until(|cluster| {
        let of = |resource| cluster.objects().filter(|object| count(resource)(&object.key)).count();
        of("nodes") == 20 && of("leases.coordination.k8s.io") == 20
    });
    tokio::time::timeout(wait, nodes).await.expect("all nodes and leases");
    let pod = |name: &str, node: &str| {
        json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default"},
            "spec": {"nodeName": node, "containers": [{"name": "c", "image": "i"}]},
        })
    };
    client.with(|cluster| {
        cluster.put(pod("ours", "sim-7")).unwrap();
        cluster.put(pod("other", "sim-20")).unwrap();
    });
    let running = client.until(|cluster| {
        let ours = cluster.get(&Key::new("pods", "default", "ours")).map(|object| object.to_value()).unwrap_or_default();
        ours["status"]["phase"] == "Running" && ours["status"]["containerStatuses"][0]["ready"] == true
    });
    tokio::time::timeout(wait, running).await.expect("the pod runs");
    engine.quiet().await;
    let other = client.with(|cluster| cluster.get(&Key::new("pods", "default", "other")).unwrap().to_value());
    assert_ne!(other["status"]["phase"], "Running", "a node that is not simulated is not ours");
    stop.cancel();
    engine.join().await;
}
