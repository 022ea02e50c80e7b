//! Values that clients in Go leave out: zero, false and nothing, where the field is no pointer.

use kontiki_api::request::Verb;
use serde_json::{Value, json};

use crate::harness::{Caller, MERGE, PODS};

const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/default/deployments";
const APPLY: &str = "application/apply-patch+yaml";

/// A pod's spec as people write it.
fn wordy() -> Value {
    json!({
        "hostNetwork": false,
        "nodeSelector": {},
        "tolerations": [],
        "automountServiceAccountToken": false,
        "securityContext": {"runAsUser": 0},
        "volumes": [{"name": "v", "hostPath": {"path": "/v", "type": ""}}, {"name": "e", "emptyDir": {}}],
        "containers": [{"name": "c", "image": "i", "args": [], "tty": false, "env": [{"name": "E", "value": ""}],
            "resources": {"limits": {}}, "volumeMounts": [{"name": "v", "mountPath": "/v", "readOnly": false, "subPath": ""}],
            "readinessProbe": {"initialDelaySeconds": 0, "httpGet": {"port": 80}}}],
    })
}

/// The same as a client in Go writes it back, as far as it lies in `stored`.
fn terse(mut stored: Value) -> Value {
    let spec = stored.as_object_mut().unwrap();
    for field in ["hostNetwork", "nodeSelector", "tolerations"] {
        spec.shift_remove(field);
    }
    let container = spec["containers"][0].as_object_mut().unwrap();
    container.shift_remove("args");
    container.shift_remove("tty");
    container["env"][0].as_object_mut().unwrap().shift_remove("value");
    container["resources"].as_object_mut().unwrap().shift_remove("limits");
    for field in ["readOnly", "subPath"] {
        container["volumeMounts"][0].as_object_mut().unwrap().shift_remove(field);
    }
    container["readinessProbe"].as_object_mut().unwrap().shift_remove("initialDelaySeconds");
    stored
}

fn deployment(spec: Value) -> Value {
    let template = json!({"metadata": {"labels": {"a": "b"}}, "spec": spec});
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"},
        "spec": {"replicas": 0, "paused": false, "selector": {"matchLabels": {"a": "b"}}, "template": template}})
}

#[tokio::test]
async fn what_says_nothing_is_not_stored_and_leaving_it_out_changes_nothing() {
    let caller = Caller::new();
    let made = caller.create(DEPLOYMENTS, &deployment(wordy()).to_string()).await;
    let stored = &made["spec"]["template"]["spec"];
    assert_eq!(*stored, terse(stored.clone()));
    assert_eq!((&made["spec"]["replicas"], made["spec"].get("paused")), (&json!(0), None), "replicas are a pointer");
    assert_eq!(stored["securityContext"]["runAsUser"], 0);
    assert_eq!(stored["automountServiceAccountToken"], false);
    assert_eq!((&stored["volumes"][0]["hostPath"]["type"], &stored["volumes"][1]["emptyDir"]), (&json!(""), &json!({})));
    let path = format!("{DEPLOYMENTS}/d");
    let again = caller.call(Verb::Update, &path, &deployment(wordy()).to_string()).await.unwrap();
    assert_eq!(again["metadata"]["generation"], 1);
    let patched =
        caller.patch(&path, MERGE, r#"{"spec":{"template":{"spec":{"hostPID":false,"hostIPC":false}}}}"#).await.unwrap();
    assert_eq!((&patched["metadata"]["generation"], &patched["spec"]), (&json!(1), &made["spec"]));
}

#[tokio::test]
async fn a_pod_of_many_words_may_be_labelled_by_a_client_of_few() {
    let caller = Caller::new();
    let mut pod = caller.create(PODS, &json!({"metadata": {"name": "p"}, "spec": wordy()}).to_string()).await;
    pod["metadata"]["labels"] = json!({"l": "m"});
    pod["spec"] = terse(pod["spec"].take());
    let changed = caller.call(Verb::Update, &format!("{PODS}/p"), &pod.to_string()).await.unwrap();
    assert_eq!(changed["metadata"]["labels"], json!({"l": "m"}));
}

#[tokio::test]
async fn what_is_applied_is_owned_whether_it_says_something_or_not() {
    let caller = Caller::new();
    let path = format!("{DEPLOYMENTS}/d?fieldManager=m");
    let applied = caller.patch(&path, APPLY, &deployment(wordy()).to_string()).await.unwrap();
    let spec = &applied["spec"]["template"]["spec"];
    assert_eq!(*spec, terse(spec.clone()));
    let owned = &applied["metadata"]["managedFields"][0]["fieldsV1"]["f:spec"]["f:template"]["f:spec"];
    assert_eq!(owned["f:hostNetwork"], json!({}), "{owned}");
    let again = caller.patch(&path, APPLY, &deployment(wordy()).to_string()).await.unwrap();
    assert_eq!(again["metadata"]["resourceVersion"], applied["metadata"]["resourceVersion"], "nothing has changed");
}

#[tokio::test]
async fn an_autoscaler_says_that_it_has_no_metrics_yet() {
    let caller = Caller::new();
    let path = |version: &str| format!("/apis/autoscaling/{version}/namespaces/default/horizontalpodautoscalers");
    let scaler =
        json!({"metadata": {"name": "h"}, "spec": {"maxReplicas": 3, "scaleTargetRef": {"kind": "Deployment", "name": "d"}}});
    let made = caller.create(&path("v2"), &scaler.to_string()).await;
    assert_eq!(made["status"].get("currentMetrics"), Some(&Value::Null));
    let first = caller.get(&format!("{}/h", path("v1"))).await.unwrap();
    assert_eq!(first["status"], json!({"currentReplicas": 0, "desiredReplicas": 0}));
}
