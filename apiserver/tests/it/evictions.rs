//! Evictions and the budgets that allow them.

use kontiki_api::request::Verb;
use kontiki_api::status::{Reason, Status};
use serde_json::{Map, Value, json};

use crate::harness::{Caller, MERGE, PODS};

const BUDGETS: &str = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";

/// A server with the budget `b` for the pods `x` and `y`, that run and are ready or not. Its status is `status`.
async fn shop(policy: &str, ready: &str, status: Value) -> Caller {
    let server = Caller::new();
    let selector = json!({"matchLabels": {"app": "a"}});
    let spec = json!({"minAvailable": 1, "selector": selector, "unhealthyPodEvictionPolicy": policy});
    server.create(BUDGETS, &json!({"metadata": {"name": "b"}, "spec": spec}).to_string()).await;
    server.patch(&format!("{BUDGETS}/b/status"), MERGE, &json!({"status": status}).to_string()).await.unwrap();
    let conditions = json!([{"type": "Ready", "status": ready}]);
    for name in ["x", "y"] {
        let spec = json!({"nodeName": "n1", "containers": [{"name": "c", "image": "i"}]});
        let pod = json!({"metadata": {"name": name, "labels": {"app": "a"}}, "spec": spec});
        server.create(PODS, &pod.to_string()).await;
        let status = json!({"status": {"phase": "Running", "conditions": conditions}});
        server.patch(&format!("{PODS}/{name}/status"), MERGE, &status.to_string()).await.unwrap();
    }
    server
}

/// What the controller of budgets says when `allowed` of two healthy pods may go.
fn allows(allowed: i64) -> Value {
    json!({"disruptionsAllowed": allowed, "currentHealthy": 2, "desiredHealthy": 2 - allowed, "expectedPods": 2,
        "observedGeneration": 1})
}

async fn evict(server: &Caller, name: &str) -> Result<Value, Status> {
    let body = json!({"metadata": {"name": name}}).to_string();
    server.call(Verb::Create, &format!("{PODS}/{name}/eviction"), &body).await
}

#[tokio::test]
async fn clients_of_before_evict_by_the_version_they_know_and_each_by_the_name_of_the_pod() {
    let server = shop("IfHealthyBudget", "True", allows(2)).await;
    let path = format!("{PODS}/x/eviction");
    let other = server.call(Verb::Create, &path, &json!({"metadata": {"name": "y"}}).to_string()).await.unwrap_err();
    assert_eq!((other.reason, &*other.message), (Reason::BadRequest, "name in URL does not match name in Eviction object"));
    let former = json!({"apiVersion": "policy/v1beta1", "kind": "Eviction", "metadata": {"name": "x"}});
    server.call(Verb::Create, &path, &former.to_string()).await.unwrap();
}

async fn budget(server: &Caller) -> Value {
    server.get(&format!("{BUDGETS}/b")).await.unwrap()["status"].clone()
}

#[tokio::test]
async fn an_eviction_spends_the_budget_and_is_refused_behind_it() {
    let server = shop("IfHealthyBudget", "True", allows(1)).await;
    evict(&server, "x").await.unwrap();
    let left = budget(&server).await;
    assert_eq!((&left["disruptionsAllowed"], left["disruptedPods"]["x"].is_string()), (&json!(0), true));
    let told = &left["conditions"][0];
    assert_eq!(
        (&told["type"], &told["status"], &told["reason"]),
        (&json!("DisruptionAllowed"), &json!("False"), &json!("InsufficientPods"))
    );
    let refused = evict(&server, "y").await.unwrap_err();
    assert_eq!((refused.reason, refused.details.causes[0].reason.as_str()), (Reason::TooManyRequests, "DisruptionBudget"));
    assert_eq!(refused.details.causes[0].message, "The disruption budget b needs 1 healthy pods and has 2 currently");
    let kept = server.get(&format!("{PODS}/y")).await.unwrap();
    assert_eq!(kept["metadata"].get("deletionTimestamp"), None);
    evict(&server, "x").await.expect("it goes already");
}

#[tokio::test]
async fn an_evicted_pod_says_that_it_was_evicted() {
    let server = shop("IfHealthyBudget", "True", allows(2)).await;
    let body = json!({"metadata": {"name": "x"}}).to_string();
    server.call(Verb::Create, &format!("{PODS}/x/eviction?dryRun=All"), &body).await.unwrap();
    let before = server.get(&format!("{PODS}/x")).await.unwrap();
    assert_eq!(
        (before["status"]["conditions"].as_array().unwrap().len(), &before["metadata"]["deletionTimestamp"]),
        (1, &Value::Null)
    );
    assert_eq!(budget(&server).await["disruptionsAllowed"], 2, "a dry run spends nothing");
    evict(&server, "x").await.unwrap();
    let after = server.get(&format!("{PODS}/x")).await.unwrap();
    assert!(after["metadata"]["deletionTimestamp"].is_string());
    let conditions = after["status"]["conditions"].as_array().unwrap();
    let told = conditions.iter().find(|condition| condition["type"] == "DisruptionTarget").unwrap();
    assert_eq!(
        (&told["status"], &told["reason"], &told["message"]),
        (&json!("True"), &json!("EvictionByEvictionAPI"), &json!("Eviction API: evicting"))
    );
    assert!(told["lastTransitionTime"].is_string() && conditions.len() == 2, "{conditions:?}");
    server.call(Verb::Delete, &format!("{PODS}/y"), "").await.unwrap();
    let deleted = server.get(&format!("{PODS}/y")).await.unwrap();
    assert_eq!(deleted["status"]["conditions"].as_array().unwrap().len(), 1, "a plain deletion says nothing");
}

#[tokio::test]
async fn a_budget_that_has_changed_is_not_spent_before_it_is_counted_anew() {
    let server = shop("IfHealthyBudget", "True", allows(2)).await;
    server.patch(&format!("{BUDGETS}/b"), MERGE, r#"{"spec":{"minAvailable":2}}"#).await.unwrap();
    let refused = evict(&server, "x").await.unwrap_err();
    assert_eq!((refused.code(), refused.details.retry_after_seconds), (429, 10));
    assert_eq!(refused.message, "Cannot evict pod as it would violate the pod's disruption budget.");
    let cause = &refused.details.causes[0].message;
    assert_eq!(cause, "The disruption budget b is still being processed by the server.");
}

#[tokio::test]
async fn a_budget_takes_no_more_evictions_than_its_controller_counts() {
    let evicted = |count: usize| -> Map<String, Value> {
        (0..count).map(|pod| (format!("p{pod}"), json!("2026-01-01T00:00:00Z"))).collect()
    };
    let mut status = allows(2);
    status["disruptedPods"] = evicted(2001).into();
    let server = shop("IfHealthyBudget", "True", status.clone()).await;
    let refused = evict(&server, "x").await.unwrap_err();
    assert_eq!(refused.reason, Reason::Forbidden);
    let why = "DisruptedPods map too big - too many evictions not confirmed by PDB controller";
    assert_eq!(refused.message, format!("poddisruptionbudget.policy \"b\" is forbidden: {why}"));
    status["disruptedPods"] = evicted(2000).into();
    evict(&shop("IfHealthyBudget", "True", status).await, "x").await.unwrap();
}

#[tokio::test]
async fn pods_that_are_not_ready_go_uncounted_where_the_policy_says_so() {
    let mut healthy = allows(0);
    let mut sick = healthy.clone();
    sick["currentHealthy"] = json!(1);
    for (policy, ready, status, goes) in [
        ("IfHealthyBudget", "False", &healthy, true),
        ("IfHealthyBudget", "True", &healthy, false),
        ("IfHealthyBudget", "False", &sick, false),
        ("AlwaysAllow", "False", &sick, true),
        ("AlwaysAllow", "True", &sick, false),
    ] {
        let server = shop(policy, ready, status.clone()).await;
        let before = budget(&server).await;
        assert_eq!(evict(&server, "x").await.is_ok(), goes, "{policy}, ready {ready}, {status}");
        assert_eq!(budget(&server).await, before, "nothing is counted");
    }
    healthy["desiredHealthy"] = json!(0);
    let none_wanted = shop("IfHealthyBudget", "False", healthy).await;
    assert!(evict(&none_wanted, "x").await.is_err(), "a budget that wants no healthy pods has not been counted yet");
}

#[tokio::test]
async fn pods_that_do_not_run_need_no_budget() {
    for phase in ["Pending", "Succeeded", "Failed"] {
        let server = shop("IfHealthyBudget", "True", allows(0)).await;
        let status = json!({"status": {"phase": phase}}).to_string();
        server.patch(&format!("{PODS}/x/status"), MERGE, &status).await.unwrap();
        evict(&server, "x").await.unwrap_or_else(|told| panic!("{phase}: {told}"));
    }
}

#[tokio::test]
async fn many_evictions_at_once_share_a_budget() {
    let server = shop("IfHealthyBudget", "True", allows(1)).await;
    let names: Vec<String> = (0..30).map(|at| format!("p{at}")).collect();
    for name in &names {
        let spec = json!({"nodeName": "n1", "containers": [{"name": "c", "image": "i"}]});
        server.create(PODS, &json!({"metadata": {"name": name, "labels": {"app": "a"}}, "spec": spec}).to_string()).await;
        let ready = r#"{"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}"#;
        server.patch(&format!("{PODS}/{name}/status"), MERGE, ready).await.unwrap();
    }
    let status = json!({"status": {"disruptionsAllowed": 25}});
    server.patch(&format!("{BUDGETS}/b/status"), MERGE, &status.to_string()).await.unwrap();
    let evictions = futures::future::join_all(names.iter().map(|name| evict(&server, name))).await;
    let refused: Vec<_> = evictions.into_iter().filter_map(Result::err).map(|status| status.reason).collect();
    assert_eq!(refused, [Reason::TooManyRequests; 5]);
    assert_eq!(budget(&server).await["disruptedPods"].as_object().unwrap().len(), 25);
}
