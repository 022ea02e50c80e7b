//! Watch semantics.

use futures::{FutureExt, StreamExt};
use kontiki_api::meta::Revision;
use kontiki_api::request::Verb;
use kontiki_api::status::Reason;
use kontiki_apiserver::{Content, WatchItem, WatchStream};

use crate::harness::{CONFIG_MAPS, Caller, MERGE};

async fn watch(server: &Caller, query: &str) -> WatchStream {
    let answer = server.answer(Verb::Watch, &format!("{CONFIG_MAPS}{query}"), "").await.unwrap();
    match answer.content {
        Content::Watch(_, stream) => stream,
        _ => panic!("a watch is answered with a stream"),
    }
}

/// The next `count` events as `TYPE name value`.
async fn told(stream: &mut WatchStream, count: usize) -> Vec<String> {
    let mut told = Vec::new();
    while told.len() < count {
        for item in stream.next().await.expect("the watch goes on").items() {
            told.push(match item {
                WatchItem::Change(kind, object) => {
                    let value = object.to_value();
                    format!("{} {} {}", kind.as_str(), object.key.name, value["data"]["k"].as_str().unwrap_or_default())
                }
                WatchItem::Bookmark { initial_end, .. } => format!("BOOKMARK {initial_end}"),
                WatchItem::Error(status) => format!("ERROR {:?}", status.reason),
            });
        }
    }
    told
}

#[tokio::test]
async fn a_watch_starts_with_what_is_there_and_goes_on() {
    let server = Caller::new();
    server.config_map("a", "1").await;
    let mut stream = watch(&server, "").await;
    let path = format!("{CONFIG_MAPS}/a");
    server.patch(&path, MERGE, r#"{"data":{"k":"2"}}"#).await.unwrap();
    server.call(Verb::Delete, &path, "").await.unwrap();
    assert_eq!(told(&mut stream, 3).await, ["ADDED a 1", "MODIFIED a 2", "DELETED a 2"]);
}

#[tokio::test]
async fn a_watch_resumes_behind_any_revision() {
    let server = Caller::new();
    let first = server.config_map("a", "1").await;
    server.config_map("b", "2").await;
    let revision = first["metadata"]["resourceVersion"].as_str().unwrap();
    let mut stream = watch(&server, &format!("?resourceVersion={revision}")).await;
    assert_eq!(told(&mut stream, 1).await, ["ADDED b 2"]);
}

#[tokio::test]
async fn a_watch_from_a_revision_still_to_come_waits_for_it() {
    let server = Caller::new();
    let made = server.config_map("a", "1").await;
    let revision: u64 = made["metadata"]["resourceVersion"].as_str().unwrap().parse().unwrap();
    let mut stream = watch(&server, &format!("?resourceVersion={}", revision + 2)).await;
    for name in ["b", "c", "d", "e"] {
        server.config_map(name, "1").await;
    }
    assert_eq!(told(&mut stream, 2).await, ["ADDED d 1", "ADDED e 1"]);
}

#[tokio::test(start_paused = true)]
async fn a_change_is_told_at_once_and_those_right_behind_it_together() {
    let server = Caller::new();
    let made = server.config_map("a", "1").await;
    let revision = made["metadata"]["resourceVersion"].as_str().unwrap();
    let mut stream = watch(&server, &format!("?resourceVersion={revision}")).await;
    let begun = tokio::time::Instant::now();
    server.config_map("b", "1").await;
    assert_eq!(stream.next().await.unwrap().count(), 1);
    assert!(begun.elapsed().is_zero());
    server.config_map("c", "1").await;
    assert!(stream.next().now_or_never().is_none(), "a second event right behind the first");
    server.config_map("d", "1").await;
    assert_eq!(stream.next().await.unwrap().count(), 2);
}

#[tokio::test]
async fn objects_enter_and_leave_a_selection() {
    let server = Caller::new();
    let mut stream = watch(&server, "?labelSelector=l=in").await;
    server.config_map("a", "out").await;
    let path = format!("{CONFIG_MAPS}/a");
    server.patch(&path, MERGE, r#"{"metadata":{"labels":{"l":"in"}},"data":{"k":"1"}}"#).await.unwrap();
    server.patch(&path, MERGE, r#"{"data":{"k":"2"}}"#).await.unwrap();
    let left = server.patch(&path, MERGE, r#"{"metadata":{"labels":{"l":"out"}},"data":{"k":"3"}}"#).await.unwrap();
    server.patch(&path, MERGE, r#"{"data":{"k":"4"}}"#).await.unwrap();
    server.config_map("b", "in").await;
    assert_eq!(told(&mut stream, 4).await, ["ADDED a 1", "MODIFIED a 2", "DELETED a 2", "ADDED b in"]);
    assert!(left["metadata"]["resourceVersion"].is_string());
}

#[tokio::test]
async fn the_last_state_of_a_deleted_object_has_a_newer_revision() {
    let server = Caller::new();
    let made = server.config_map("a", "1").await;
    let revision = Revision::parse(made["metadata"]["resourceVersion"].as_str().unwrap()).unwrap();
    let mut stream = watch(&server, &format!("?resourceVersion={revision}")).await;
    server.call(Verb::Delete, &format!("{CONFIG_MAPS}/a"), "").await.unwrap();
    let items = stream.next().await.unwrap().items();
    assert!(matches!(&items[0], WatchItem::Change(_, object) if object.revision > revision));
}

#[tokio::test]
async fn initial_events_end_with_a_bookmark() {
    let server = Caller::new();
    server.config_map("a", "1").await;
    let query = "?sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan";
    let mut stream = watch(&server, query).await;
    assert_eq!(told(&mut stream, 2).await, ["ADDED a 1", "BOOKMARK true"]);
}

#[tokio::test(start_paused = true)]
async fn a_watch_ends_in_time_with_a_bookmark() {
    let server = Caller::new();
    let mut stream = watch(&server, "?timeoutSeconds=5&allowWatchBookmarks=true").await;
    assert_eq!(told(&mut stream, 2).await, ["BOOKMARK true", "BOOKMARK false"]);
    assert!(stream.next().await.is_none());
}

#[tokio::test]
async fn what_is_there_at_a_revision_still_to_come_is_refused() {
    let server = Caller::new();
    server.config_map("a", "1").await;
    let query = "sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&resourceVersion=1000";
    let refused = server.answer(Verb::Watch, &format!("{CONFIG_MAPS}?{query}"), "").await.err().unwrap();
    assert_eq!(refused.reason, Reason::Timeout);
}

#[tokio::test]
async fn one_object_is_watched_by_its_name() {
    let server = Caller::new();
    let mut stream = watch(&server, "?fieldSelector=metadata.name=b").await;
    server.config_map("a", "1").await;
    server.config_map("b", "2").await;
    assert_eq!(told(&mut stream, 1).await, ["ADDED b 2"]);
}

#[tokio::test]
async fn a_watch_that_names_no_revision_says_where_the_changes_begin() {
    let server = Caller::new();
    server.config_map("a", "1").await;
    for query in ["?allowWatchBookmarks=true", "?allowWatchBookmarks=true&resourceVersion=0"] {
        let mut stream = watch(&server, query).await;
        assert_eq!(told(&mut stream, 2).await, ["ADDED a 1", "BOOKMARK true"], "{query}");
    }
}

#[tokio::test]
async fn a_watch_may_be_asked_to_last_for_ever_or_not_at_all() {
    let server = Caller::new();
    let mut stream = watch(&server, &format!("?timeoutSeconds={}", i64::MAX)).await;
    server.config_map("a", "1").await;
    assert_eq!(told(&mut stream, 1).await, ["ADDED a 1"]);
    let mut stream = watch(&server, "?timeoutSeconds=-1").await;
    assert_eq!(told(&mut stream, 1).await, ["ADDED a 1"]);
    assert!(stream.next().await.is_none());
}
