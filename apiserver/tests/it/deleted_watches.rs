//! What watchers are told of deletions.

use futures::StreamExt;
use kontiki_api::request::Verb;
use kontiki_apiserver::{Content, WatchItem};
use serde_json::{Value, json};

use crate::harness::{CONFIG_MAPS, Caller, MERGE, PODS, pod};

/// What a watch of `collection` begins with that resumes behind `from`.
async fn told(server: &Caller, collection: &str, from: &str, selector: &str) -> Vec<(&'static str, Value)> {
    let path = format!("{collection}?resourceVersion={from}{selector}");
    let Content::Watch(_, mut stream) = server.answer(Verb::Watch, &path, "").await.unwrap().content else { panic!("no watch") };
    let items = stream.next().await.unwrap().items();
    let of = |item| match item {
        WatchItem::Change(kind, object) => (kind.as_str(), object.to_value()),
        other => panic!("{other:?}"),
    };
    items.into_iter().map(of).collect()
}

fn revision(object: &Value) -> &str {
    object["metadata"]["resourceVersion"].as_str().unwrap()
}

#[tokio::test]
async fn a_deletion_tells_what_was_there_before_it() {
    let server = Caller::new();
    let path = format!("{CONFIG_MAPS}/a");
    let last = async |from: &str, selector: &str| {
        let (kind, object) = told(&server, CONFIG_MAPS, from, selector).await.pop().unwrap();
        (kind, object["metadata"].clone())
    };
    for selector in ["", "&labelSelector=l!=x", "&fieldSelector=metadata.name=a"] {
        server.config_map("a", "1").await;
        let held = server.patch(&path, MERGE, r#"{"metadata":{"finalizers":["e.io/f"]}}"#).await.unwrap();
        let deleted = server.call(Verb::Delete, &path, "").await.unwrap();
        let (kind, told) = last(held["metadata"]["resourceVersion"].as_str().unwrap(), selector).await;
        assert_eq!((kind, &told["deletionTimestamp"]), ("MODIFIED", &deleted["metadata"]["deletionTimestamp"]), "{selector}");
        let freed = server.patch(&path, MERGE, r#"{"metadata":{"finalizers":null}}"#).await.unwrap();
        assert_eq!(freed["metadata"]["resourceVersion"], told["resourceVersion"], "who watches from there on is told");
        let (kind, gone) = last(told["resourceVersion"].as_str().unwrap(), selector).await;
        assert_eq!((kind, &gone["finalizers"]), ("DELETED", &told["finalizers"]), "{selector}");
        assert_ne!(gone["resourceVersion"], told["resourceVersion"], "{selector}");
        let made = server.config_map("a", "1").await;
        server.call(Verb::Delete, &path, "").await.unwrap();
        let (kind, gone) = last(made["metadata"]["resourceVersion"].as_str().unwrap(), selector).await;
        assert_eq!((kind, gone.get("deletionTimestamp")), ("DELETED", None), "{selector}");
    }
}

#[tokio::test]
async fn a_pod_that_gets_no_grace_is_seen_to_get_none() {
    let server = Caller::new();
    let marked = |object: &Value| {
        let meta = &object["metadata"];
        (meta["deletionTimestamp"].is_string(), meta["deletionGracePeriodSeconds"] == 0)
    };
    for selector in ["", "&labelSelector=l!=x"] {
        let made = server.create(PODS, &pod("p")).await;
        let answer = server.call(Verb::Delete, &format!("{PODS}/p"), "").await.unwrap();
        let seen = told(&server, PODS, revision(&made), selector).await;
        let kinds: Vec<_> = seen.iter().map(|(kind, object)| (*kind, marked(object))).collect();
        assert_eq!(kinds, [("MODIFIED", (true, true)), ("DELETED", (true, true))], "{selector}");
        assert_eq!((&answer, seen[0].1["metadata"]["generation"].as_i64()), (&seen[1].1, Some(2)));
        assert_ne!(revision(&seen[0].1), revision(&seen[1].1));
        let rest = told(&server, PODS, revision(&seen[0].1), selector).await;
        assert_eq!(rest, seen[1..], "a watch resumes between the two");
    }
}

#[tokio::test]
async fn an_eviction_that_ends_at_once_is_seen_to_be_one() {
    let server = Caller::new();
    let made = server.create(PODS, &pod("p")).await;
    server.create(&format!("{PODS}/p/eviction"), r#"{"metadata":{"name":"p"}}"#).await;
    let seen = told(&server, PODS, revision(&made), "").await;
    assert_eq!(seen.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), ["MODIFIED", "DELETED"]);
    for (_, object) in seen {
        assert_eq!(object["status"]["conditions"][0]["type"], "DisruptionTarget");
    }
}

#[tokio::test]
async fn what_goes_without_grace_is_answered_as_it_was() {
    const ACCOUNTS: &str = "/api/v1/namespaces/default/serviceaccounts";
    let server = Caller::new();
    let made = server.create(ACCOUNTS, r#"{"metadata":{"name":"a"}}"#).await;
    for query in ["?dryRun=All", ""] {
        let answer = server.call(Verb::Delete, &format!("{ACCOUNTS}/a{query}"), "").await.unwrap();
        assert_eq!((&answer["kind"], answer["metadata"].get("deletionTimestamp")), (&json!("ServiceAccount"), None), "{query}");
        assert_eq!(revision(&answer) == revision(&made), !query.is_empty(), "{query}");
    }
}
