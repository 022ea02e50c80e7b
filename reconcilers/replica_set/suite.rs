//! What the shared suite plays to it.

use kontiki_api::meta::Key;
use kontiki_runtime::testing::{Scenario, Suite};
use serde_json::{Value, json};

use super::{Replicas, Replicated};
use crate::scenes::{changed, kubelets, namespace, object, pod};

pub(super) fn suite<R: Replicated>() -> (Suite<Replicas<R>>, Vec<Scenario>) {
    let set = |replicas| replicated::<R>("web", replicas);
    let key = || Key::new(R::RESOURCE, "ns", "web");
    let sized = Scenario::new("grows, shrinks, and goes with its pods")
        .put_together([namespace("ns"), set(5)])
        .merge(key(), json!({"spec": {"replicas": 2}}))
        .merge(key(), json!({"spec": {"replicas": 4}}));
    let adopted = Scenario::new("adopts what matches and lets go of what does not")
        .put_together([
            namespace("ns"),
            pod("ns", "stray", |pod| pod["metadata"]["labels"] = json!({"app": "web"})),
            pod("ns", "other", |pod| pod["metadata"]["labels"] = json!({"app": "db"})),
        ])
        .put([set(2)])
        .merge(Key::new("pods", "ns", "stray"), json!({"metadata": {"labels": {"app": "db"}}}));
    let patient = Scenario::new("counts a pod as available when it has been ready long enough")
        .put_together([namespace("ns"), changed(set(3), |set| set["spec"]["minReadySeconds"] = json!(30))]);
    let finished = Scenario::new("replaces a pod that failed").put_together([
        namespace("ns"),
        set(2),
        pod("ns", "failed", |pod| {
            pod["metadata"]["labels"] = json!({"app": "web"});
            pod["status"] = json!({"phase": "Failed"});
        }),
    ]);
    (Suite::new(Replicas::default()).react(kubelets), vec![sized, adopted, patient, finished])
}

fn replicated<R: Replicated>(name: &str, replicas: i32) -> Value {
    let labels = json!({"app": name});
    let selector = if R::KIND == "ReplicaSet" { json!({"matchLabels": labels}) } else { labels.clone() };
    changed(object(R::API_VERSION, R::KIND, "ns", name), |set| {
        set["spec"] = json!({
            "replicas": replicas, "selector": selector,
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "c", "image": "i"}]}},
        });
    })
}
