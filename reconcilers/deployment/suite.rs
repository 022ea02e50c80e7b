//! What the shared suite plays to it.

use kontiki_api::meta::Key;
use kontiki_runtime::testing::{MemoryCluster, Scenario, Suite};
use serde_json::{Value, json};

use super::Deployments;
use crate::scenes::{changed, namespace, object, objects, replace};

pub(super) fn suite() -> (Suite<Deployments>, Vec<Scenario>) {
    let key = || Key::new("deployments.apps", "ns", "web");
    let image = |image: &str| json!({"spec": {"template": {"spec": {"containers": [{"name": "c", "image": image}]}}}});
    let start = |name| Scenario::new(name).put_together([namespace("ns"), deployment("RollingUpdate")]);
    let rolled = start("rolls on, back, and to another size")
        .merge(key(), image("two"))
        .merge(key(), image("one"))
        .merge(key(), json!({"spec": {"replicas": 6}}));
    let paused = start("a pause holds the template, not the size")
        .merge(key(), json!({"spec": {"paused": true}}))
        .merge(key(), image("two"))
        .merge(key(), json!({"spec": {"replicas": 2}}))
        .merge(key(), json!({"spec": {"paused": null}}));
    let limited = start("old sets beyond the limit go")
        .merge(key(), json!({"spec": {"revisionHistoryLimit": 1}}))
        .merge(key(), image("two"))
        .merge(key(), image("three"));
    let recreated = Scenario::new("clears away before it makes anew")
        .put_together([namespace("ns"), deployment("Recreate")])
        .merge(key(), image("two"));
    (Suite::new(Deployments).react(replica_sets), vec![rolled, paused, limited, recreated])
}

fn deployment(strategy: &str) -> Value {
    changed(object("apps/v1", "Deployment", "ns", "web"), |deployment| {
        deployment["spec"] = json!({
            "replicas": 4, "strategy": {"type": strategy}, "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "one"}]}},
        });
    })
}

/// Every ReplicaSet has at once the pods it wants.
fn replica_sets(cluster: &mut MemoryCluster) {
    for set in objects(cluster, "replicasets.apps") {
        let mut value = set.to_value();
        let count = &value["spec"]["replicas"];
        let status = json!({
            "replicas": count, "fullyLabeledReplicas": count, "readyReplicas": count, "availableReplicas": count,
            "observedGeneration": set.head.generation,
        });
        if value["status"] != status {
            value["status"] = status;
            replace(cluster, value);
        }
    }
}
