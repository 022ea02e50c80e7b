//! What the shared suite plays to it.

use kontiki_api::meta::Key;
use kontiki_runtime::testing::{Scenario, Suite};
use serde_json::json;

use super::NodeLifecycle;
use crate::scenes::{namespace, node, object, pod};

pub(super) fn suite() -> (Suite<NodeLifecycle>, Vec<Scenario>) {
    let tolerant = pod("ns", "tolerant", |pod| {
        pod["spec"]["nodeName"] = json!("n1");
        pod["spec"]["tolerations"] = json!([
            {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300},
        ]);
    });
    let eternal = pod("ns", "eternal", |pod| {
        pod["spec"]["nodeName"] = json!("n1");
        pod["spec"]["tolerations"] = json!([{"operator": "Exists"}]);
        pod["status"] = json!({"conditions": [{"type": "Ready", "status": "True"}]});
    });
    let plain = pod("ns", "plain", |pod| pod["spec"]["nodeName"] = json!("n1"));
    let lease = object("coordination.k8s.io/v1", "Lease", "kube-node-lease", "n1");
    let silent = Scenario::new("a node falls silent and its pods are evicted when they bear it no more").put_together([
        namespace("ns"),
        namespace("kube-node-lease"),
        plain,
        tolerant,
        eternal,
        lease,
        node("n1", true),
        node("n2", true),
    ]);
    let condition = |status: &str| json!({"conditions": [{"type": "Ready", "status": status}]});
    let key = || Key::new("nodes", "", "n1");
    let recovers = Scenario::new("taints follow conditions, there and back")
        .put_together([node("n1", true)])
        .merge_status(key(), condition("False"))
        .merge_status(key(), condition("True"))
        .merge(key(), json!({"spec": {"unschedulable": true}}))
        .merge_status(
            key(),
            json!({"conditions": [
                {"type": "Ready", "status": "True"}, {"type": "DiskPressure", "status": "True"},
            ]}),
        );
    (Suite::new(NodeLifecycle), vec![silent, recovers])
}
