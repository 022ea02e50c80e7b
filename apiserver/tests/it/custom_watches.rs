//! Watches of custom kinds whose definition changes.

use futures::StreamExt;
use kontiki_api::request::Verb;
use kontiki_apiserver::{Content, WatchItem, WatchStream};
use serde_json::json;

use crate::custom::{DEFINITIONS, Establishing, TABS, crontabs, tab};
use crate::harness::MERGE;

const DEFINITION: &str = "crontabs.stable.example.com";

async fn watch(cluster: &Establishing, query: &str) -> WatchStream {
    match cluster.caller.answer(Verb::Watch, &format!("{TABS}{query}"), "").await.unwrap().content {
        Content::Watch(_, stream) => stream,
        _ => panic!("a watch answers a stream"),
    }
}

/// All that is told until the end.
async fn until_the_end(mut stream: WatchStream) -> Vec<String> {
    let mut told = Vec::new();
    while let Some(next) = stream.next().await {
        told.extend(next.items().into_iter().map(|item| match item {
            WatchItem::Change(kind, object) => format!("{} {}", kind.as_str(), object.key.name),
            other => panic!("{other:?}"),
        }));
    }
    told
}

#[tokio::test]
async fn a_watch_ends_with_its_definition_and_tells_of_every_deletion() {
    let cluster = Establishing::new();
    cluster.define(&crontabs(json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true}))).await;
    cluster.caller.create(TABS, &tab("a", json!({}))).await;
    let (all, chosen) = (watch(&cluster, "").await, watch(&cluster, "?labelSelector=l!=x").await);
    cluster.caller.call(Verb::Delete, &format!("{DEFINITIONS}/{DEFINITION}"), "").await.unwrap();
    for stream in [all, chosen] {
        assert_eq!(until_the_end(stream).await, ["ADDED a", "DELETED a"]);
    }
}

#[tokio::test]
async fn a_quiet_watch_ends_where_its_definition_changes() {
    let cluster = Establishing::new();
    cluster.define(&crontabs(json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true}))).await;
    let stream = watch(&cluster, "").await;
    let names = r#"{"spec":{"names":{"shortNames":["tab"]}}}"#;
    cluster.caller.patch(&format!("{DEFINITIONS}/{DEFINITION}"), MERGE, names).await.unwrap();
    assert!(until_the_end(stream).await.is_empty());
}
