use std::sync::Arc;
use std::time::Duration;

use kontiki_api::meta::Key;
use kontiki_api::quota::Amounts;
use kontiki_api::time::Time;
use kontiki_store::Store;
use serde_json::{Value, json};

use super::ledger::{Charge, Hold, Ledger, Written};
use super::must_specify::must_specify;
use crate::fixture::{NOW, cluster, delete, put};

fn quota(pods: u32) -> Value {
    json!({"spec": {"hard": {"pods": pods.to_string()}}})
}

fn take(ledger: &Ledger, store: &dyn Store, name: &str, pods: u32) -> Result<Hold, String> {
    take_in(ledger, store, "shop", name, pods, NOW)
}

fn take_in(ledger: &Ledger, store: &dyn Store, namespace: &str, name: &str, pods: u32, now: Time) -> Result<Hold, String> {
    let mut wanted = Amounts::default();
    wanted.count("pods", 1);
    let hard = Amounts::read(quota(pods).pointer("/spec/hard"));
    let charge = Charge { name: "q".into(), uid: "u".into(), quota: quota(pods), hard, wanted };
    ledger.take(store, Written { key: Key::new("pods", namespace, name), base: None, now }, vec![charge])
}

async fn make(store: &dyn Store, name: &str) {
    put(store, json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "shop"}, "spec": {}})).await;
}

#[tokio::test]
async fn a_promise_counts_until_its_object_is_seen_or_it_is_given_up() {
    let (ledger, store): (_, Arc<dyn Store>) = (Ledger::default(), cluster().await);
    let first = take(&ledger, &*store, "a", 2).unwrap();
    let second = take(&ledger, &*store, "b", 2).unwrap();
    let told = take(&ledger, &*store, "c", 2).err().unwrap();
    assert_eq!(told, "exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2");
    make(&*store, "a").await;
    assert!(take(&ledger, &*store, "c", 2).is_err(), "one is seen, one is promised");
    drop(second);
    drop(take(&ledger, &*store, "c", 2).unwrap());
    drop(first);
    make(&*store, "b").await;
    assert!(take(&ledger, &*store, "c", 2).is_err());
    assert!(take(&ledger, &*store, "c", 3).is_ok(), "a larger quota counts at once");
    delete(&*store, "pods", "shop", "a").await;
    assert!(take(&ledger, &*store, "c", 2).is_ok(), "what is deleted is free");
}

#[tokio::test]
async fn a_pod_that_should_be_gone_is_free_without_a_change() {
    let (ledger, store): (_, Arc<dyn Store>) = (Ledger::default(), cluster().await);
    let at = |seconds: u64| NOW.plus(Duration::from_secs(seconds));
    let metadata =
        json!({"name": "a", "namespace": "shop", "deletionTimestamp": at(30).seconds(), "deletionGracePeriodSeconds": 30});
    put(&*store, json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {}})).await;
    assert!(take_in(&ledger, &*store, "shop", "b", 1, at(60)).is_err(), "its node may still say that it is gone");
    assert!(take_in(&ledger, &*store, "shop", "b", 1, at(61)).is_ok());
}

#[tokio::test]
async fn a_namespace_without_quotas_is_forgotten_once_nothing_is_promised_there() {
    let (ledger, store): (_, Arc<dyn Store>) = (Ledger::default(), cluster().await);
    let first = take(&ledger, &*store, "a", 2).unwrap();
    ledger.keep(&"shop".into(), &[&"u".into()]);
    assert_eq!(ledger.namespaces(), 1);
    ledger.keep(&"shop".into(), &[]);
    assert_eq!(ledger.namespaces(), 1, "what is promised still counts");
    assert!(take(&ledger, &*store, "b", 1).is_err());
    drop(first);
    ledger.keep(&"shop".into(), &[]);
    assert_eq!(ledger.namespaces(), 0);
    for at in 0..1_000 {
        drop(take_in(&ledger, &*store, &format!("n{at}"), "a", 1, NOW).unwrap());
    }
    assert!(ledger.namespaces() < 100, "nobody said that these have no quotas: {}", ledger.namespaces());
}

#[tokio::test]
async fn who_counts_in_one_namespace_waits_for_nobody_in_another() {
    let (ledger, store): (_, Arc<dyn Store>) = (Ledger::default(), cluster().await);
    let shelf = ledger.shelf(&"shop".into());
    let counting = shelf.lock();
    assert!(take_in(&ledger, &*store, "other", "a", 1, NOW).is_ok());
    drop(counting);
    assert!(take(&ledger, &*store, "a", 1).is_ok());
}

#[test]
fn containers_must_say_what_a_quota_limits() {
    let hard = Amounts::read(Some(&json!({"requests.cpu": "1", "limits.memory": "1Gi", "pods": "3"})));
    let pod = json!({"spec": {"containers": [{"name": "b"}, {"name": "a", "resources": {"requests": {"cpu": "1"}}}]}});
    assert_eq!(must_specify(&pod, &hard).unwrap(), "must specify limits.memory for: a,b; requests.cpu for: b");
    let whole = |resources: Value| {
        let mut pod = pod.clone();
        pod["spec"]["resources"] = resources;
        must_specify(&pod, &hard)
    };
    assert_eq!(whole(json!({"requests": {"memory": "1Gi"}})), None, "it says something for all of its containers");
    assert!(whole(json!({"requests": {"example.com/dongle": "1"}})).is_some());
}
