//! Simulated nodes under `kontiki up`: through the same admission and authorization as real ones.

use super::Cluster;

const READY: &str = "wait node/simulated-0 node/simulated-1 --for=condition=Ready --timeout=1s";

/// The words that kubectl prints of this field of all pods.
fn of_pods(cluster: &Cluster, field: &str) -> Vec<String> {
    let printed = cluster.kubectl(&format!("get pods -o jsonpath={{.items[*].{field}}}"));
    printed.split_whitespace().map(String::from).collect()
}

#[test]
fn simulated_nodes_become_ready_and_run_pods() {
    let mut cluster = Cluster::up(&["--no-node", "--simulated-nodes", "2"]);
    cluster.eventually("both nodes are ready", |cluster| cluster.try_kubectl(READY).status.success());
    cluster.kubectl("create deployment web --image=kontiki/demo --replicas=3");
    cluster.eventually("three pods run", |cluster| of_pods(cluster, "status.phase") == ["Running"; 3]);
    let places = of_pods(&cluster, "spec.nodeName");
    assert!(places.iter().all(|node| node.starts_with("simulated-")), "{places:?}");
    cluster.kubectl("rollout status deployment/web --timeout=60s");
    cluster.kubectl("delete deployment web");
    cluster.eventually("their pods go", |cluster| of_pods(cluster, "spec.nodeName").is_empty());
    cluster.stop();
}
