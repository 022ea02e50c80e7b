//! Reconcilers whose leader is killed while they act.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use http::Method;
use kontiki_runtime::client::http::HttpClient;
use serde_json::{Value, json};

use super::masters::{LIMIT, Masters, call};

const DEPLOYMENTS: usize = 12;
const REPLICAS: usize = 3;

/// Every kept change of a collection of `default`, oldest first.
async fn changes(client: &HttpClient, collection: &str) -> Vec<Value> {
    let (mut all, mut next) = (Vec::new(), String::new());
    loop {
        let path = format!("{collection}?history=true&limit=500&continue={next}");
        let (code, page) = call(client, Method::GET, &path, "").await.unwrap();
        assert_eq!(code, 200, "{page}");
        all.extend(page["items"].as_array().unwrap().iter().cloned());
        next = page["metadata"]["continue"].as_str().unwrap_or_default().to_owned();
        if next.is_empty() {
            all.reverse();
            return all;
        }
    }
}

fn revision(change: &Value, pointer: &str) -> u64 {
    change.pointer(pointer).and_then(Value::as_str).and_then(|text| text.parse().ok()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reconcilers_whose_leader_is_killed_while_they_act_do_nothing_twice() {
    let mut masters = Masters::three().await;
    let leader = masters.leader().await;
    let client = HttpClient::new(&masters.config(Some(leader))).unwrap();
    for number in 0..DEPLOYMENTS {
        let name = format!("d{number}");
        let deployment = json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name},
            "spec": {"replicas": REPLICAS, "selector": {"matchLabels": {"app": name}},
                "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "c", "image": "demo"}]}}},
        });
        let path = "/apis/apps/v1/namespaces/default/deployments";
        assert_eq!(call(&client, Method::POST, path, &deployment.to_string()).await.unwrap().0, 201);
    }
    let sets = "/apis/apps/v1/namespaces/default/replicasets";
    let pods = "/api/v1/namespaces/default/pods";
    // Some of the pods are there: the rest is being made.
    until(&client, pods, |count| count > REPLICAS).await;
    let (_, acknowledged) = call(&client, Method::GET, pods, "").await.unwrap();
    let before = revision(&acknowledged, "/metadata/resourceVersion");
    masters.kill(leader);
    let mark = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "mark"}}).to_string();
    let start = Instant::now();
    let after = loop {
        match call(&client, Method::POST, "/api/v1/namespaces/default/configmaps", &mark).await {
            Some((201, made)) => break revision(&made, "/metadata/resourceVersion"),
            other => assert!(start.elapsed() < LIMIT, "no write: {other:?}"),
        }
    };
    until(&client, pods, |count| count >= DEPLOYMENTS * REPLICAS).await;
    let sets = changes(&client, sets).await;
    let pods = changes(&client, pods).await;
    let count = |changes: &[Value], what: &str| changes.iter().filter(|change| change["type"] == what).count();
    assert_eq!((count(&sets, "Created"), count(&pods, "Created")), (DEPLOYMENTS, DEPLOYMENTS * REPLICAS));
    assert_eq!((count(&sets, "Deleted"), count(&pods, "Deleted")), (0, 0), "what was made twice had to go again");
    let made: BTreeSet<_> = pods.iter().map(|change| change["uid"].as_str()).collect();
    assert_eq!(made.len(), DEPLOYMENTS * REPLICAS);
    for change in sets.iter().chain(&pods).filter(|change| revision(change, "/resourceVersion") > after) {
        assert_eq!(change["cause"]["type"], "Reconciler", "{change}");
        let saw = revision(change, "/cause/sawResourceVersion");
        assert!(saw >= before, "the new term acted on {saw}, but {before} was acknowledged under the old one: {change}");
    }
}

/// Waits until so many objects are there as `holds`.
async fn until(client: &HttpClient, collection: &str, holds: impl Fn(usize) -> bool) {
    let start = Instant::now();
    loop {
        let found = call(client, Method::GET, collection, "").await;
        let count = found.and_then(|(_, list)| list["items"].as_array().map(Vec::len)).unwrap_or_default();
        if holds(count) {
            return;
        }
        assert!(start.elapsed() < LIMIT, "{collection}: {count}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
