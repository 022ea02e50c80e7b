//! What is charged to quotas.

use kontiki_api::request::Verb;
use kontiki_api::status::Reason;
use serde_json::json;

use crate::harness::{Caller, MERGE, PODS, guarded, pod};

const QUOTAS: &str = "/api/v1/namespaces/default/resourcequotas";

async fn limited(hard: serde_json::Value, scopes: &[&str]) -> Caller {
    let server = Caller(guarded().await);
    let quota = json!({"metadata": {"name": "q"}, "spec": {"hard": hard, "scopes": scopes}});
    server.create(QUOTAS, &quota.to_string()).await;
    server
}

#[tokio::test]
async fn the_last_pod_of_a_full_quota_is_bound_and_evicted() {
    let server = limited(json!({"pods": "1", "count/pods": "1"}), &[]).await;
    server.create(PODS, &pod("a")).await;
    let full = server.call(Verb::Create, PODS, &pod("b")).await.unwrap_err();
    assert!(full.message.contains("exceeded quota: q"), "{full}");
    let binding = r#"{"apiVersion":"v1","kind":"Binding","metadata":{"name":"a"},"target":{"kind":"Node","name":"n1"}}"#;
    server.create(&format!("{PODS}/a/binding"), binding).await;
    assert_eq!(server.get(&format!("{PODS}/a")).await.unwrap()["spec"]["nodeName"], "n1");
    server.create(&format!("{PODS}/a/eviction"), r#"{"metadata":{"name":"a"}}"#).await;
}

#[tokio::test]
async fn a_pod_that_gets_a_deadline_is_charged_to_the_quota_of_such_pods() {
    let server = limited(json!({"pods": "1"}), &["Terminating"]).await;
    for name in ["a", "b"] {
        server.create(PODS, &pod(name)).await;
    }
    let limit = |name: &str| (format!("{PODS}/{name}"), r#"{"spec":{"activeDeadlineSeconds":60}}"#);
    let (path, deadline) = limit("a");
    server.patch(&path, MERGE, deadline).await.unwrap();
    server.patch(&path, MERGE, r#"{"metadata":{"labels":{"x":"y"}}}"#).await.unwrap();
    let (path, deadline) = limit("b");
    assert_eq!(server.patch(&path, MERGE, deadline).await.unwrap_err().reason, Reason::Forbidden);
}

#[tokio::test]
async fn a_resize_says_what_quotas_limit_and_gives_nothing_back_before_its_node_has_taken_it() {
    let server = limited(json!({"requests.cpu": "3"}), &[]).await;
    let with = |name: &str, cpu: &str| {
        let container = json!({"name": "c", "image": "i", "resources": {"requests": {"cpu": cpu}}});
        json!({"metadata": {"name": name}, "spec": {"containers": [container]}}).to_string()
    };
    server.create(PODS, &with("a", "2")).await;
    let held = json!({"name": "c", "image": "i", "imageID": "", "ready": true, "restartCount": 0,
        "allocatedResources": {"cpu": "2"}, "resources": {"requests": {"cpu": "2"}}});
    let status = json!({"status": {"containerStatuses": [held]}}).to_string();
    server.patch(&format!("{PODS}/a/status"), MERGE, &status).await.unwrap();
    let resize = |requests: serde_json::Value| {
        let container = json!({"name": "c", "image": "i", "resources": {"requests": requests}});
        json!({"spec": {"containers": [container]}}).to_string()
    };
    let path = format!("{PODS}/a/resize");
    let strategic = "application/strategic-merge-patch+json";
    server.patch(&path, strategic, &resize(json!({"cpu": "1"}))).await.unwrap();
    let full = server.call(Verb::Create, PODS, &with("b", "2")).await.unwrap_err();
    assert!(full.message.contains("used: requests.cpu=2"), "{full}");
    let quota = json!({"metadata": {"name": "memory"}, "spec": {"hard": {"requests.memory": "1Gi"}}});
    server.create(QUOTAS, &quota.to_string()).await;
    let told = server.patch(&path, strategic, &resize(json!({"cpu": "2"}))).await.unwrap_err();
    assert!(told.message.ends_with("failed quota: memory: must specify requests.memory for: c"), "{told}");
}
