//! LIST: selectors, pages, revisions.

use kontiki_api::request::Verb;
use kontiki_api::status::Reason;
use serde_json::Value;

use crate::harness::{CONFIG_MAPS, Caller, MERGE, PODS, pod};

fn names(list: &Value) -> Vec<&str> {
    list["items"].as_array().unwrap().iter().map(|item| item["metadata"]["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_list_shows_the_selected_in_the_order_of_their_names() {
    let server = Caller::new();
    for (name, label) in [("c", "1"), ("a", "2"), ("b", "1")] {
        server.config_map(name, label).await;
    }
    let list = async |query: &str| server.call(Verb::List, &format!("{CONFIG_MAPS}{query}"), "").await;
    let all = list("").await.unwrap();
    assert_eq!((names(&all), &all["kind"]), (vec!["a", "b", "c"], &"ConfigMapList".into()));
    assert!(all["metadata"]["resourceVersion"].as_str().unwrap().parse::<u64>().unwrap() >= 3);
    assert_eq!(names(&list("?labelSelector=l=1").await.unwrap()), ["b", "c"]);
    assert_eq!(names(&list("?fieldSelector=metadata.name=a").await.unwrap()), ["a"]);
    assert_eq!(names(&server.call(Verb::List, "/api/v1/configmaps", "").await.unwrap()).len(), 3);
    // kubectl says itself what it could not find.
    let unreadable = list("?labelSelector=!!").await.unwrap_err();
    assert_eq!(unreadable.reason, Reason::BadRequest);
    assert!(unreadable.message.starts_with("unable to parse requirement: "), "{}", unreadable.message);
    let unknown = list("?fieldSelector=spec.x=1").await.unwrap_err();
    assert!(unknown.message.starts_with(r#""spec.x" is not a known field selector"#), "{}", unknown.message);
    let unknown = server.call(Verb::List, "/api/v1/pods?fieldSelector=foo=1", "").await.unwrap_err();
    assert_eq!((unknown.reason, unknown.message.as_str()), (Reason::BadRequest, "field label not supported: foo"));
}

#[tokio::test]
async fn fields_of_the_row_select() {
    let server = Caller::new();
    server.create(PODS, &pod("a")).await;
    server.create(&format!("{PODS}/a/binding"), r#"{"metadata":{"name":"a"},"target":{"kind":"Node","name":"n1"}}"#).await;
    server.create(PODS, &pod("b")).await;
    let bound = server.call(Verb::List, "/api/v1/pods?fieldSelector=spec.nodeName=n1", "").await.unwrap();
    assert_eq!(names(&bound), ["a"]);
}

#[tokio::test]
async fn all_pages_show_the_revision_of_the_first() {
    let server = Caller::new();
    for name in ["a", "b", "c", "d", "e"] {
        server.config_map(name, "1").await;
    }
    let first = server.call(Verb::List, &format!("{CONFIG_MAPS}?limit=2"), "").await.unwrap();
    assert_eq!((names(&first), &first["metadata"]["remainingItemCount"]), (vec!["a", "b"], &3.into()));
    server.config_map("cc", "1").await;
    server.call(Verb::Delete, &format!("{CONFIG_MAPS}/d"), "").await.unwrap();
    let next = first["metadata"]["continue"].as_str().unwrap();
    let second = server.call(Verb::List, &format!("{CONFIG_MAPS}?limit=5&continue={next}"), "").await.unwrap();
    assert_eq!(names(&second), ["c", "d", "e"]);
    assert_eq!(second["metadata"]["resourceVersion"], first["metadata"]["resourceVersion"]);
    assert!(second["metadata"].get("continue").is_none());
    let bogus = server.call(Verb::List, &format!("{CONFIG_MAPS}?continue=bogus"), "").await.unwrap_err();
    assert_eq!(bogus.reason, Reason::BadRequest);
}

#[tokio::test]
async fn a_list_can_be_asked_for_a_revision() {
    let server = Caller::new();
    let made = server.config_map("a", "1").await;
    let revision = made["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
    server.patch(&format!("{CONFIG_MAPS}/a"), MERGE, r#"{"data":{"k":"2"}}"#).await.unwrap();
    let list = async |query: String| server.call(Verb::List, &format!("{CONFIG_MAPS}?{query}"), "").await;
    let then = list(format!("resourceVersion={revision}&resourceVersionMatch=Exact")).await.unwrap();
    assert_eq!(then["items"][0]["data"]["k"], "1");
    let now = list(format!("resourceVersion={revision}")).await.unwrap();
    assert_eq!(now["items"][0]["data"]["k"], "2");
    assert_eq!(list("resourceVersion=0".into()).await.unwrap()["items"][0]["data"]["k"], "2");
    let future = list("resourceVersion=999999".into()).await.unwrap_err();
    assert_eq!((future.reason, future.details.causes[0].reason.as_str()), (Reason::Timeout, "ResourceVersionTooLarge"));
    assert_eq!(list("resourceVersion=x".into()).await.unwrap_err().reason, Reason::BadRequest);
    assert_eq!(list("resourceVersionMatch=Exact".into()).await.unwrap_err().reason, Reason::Invalid);
}

#[tokio::test]
async fn a_selection_is_deleted_at_once() {
    let server = Caller::new();
    for (name, label) in [("a", "1"), ("b", "2"), ("c", "1")] {
        server.config_map(name, label).await;
    }
    let gone = server.call(Verb::DeleteCollection, &format!("{CONFIG_MAPS}?labelSelector=l=1"), "").await.unwrap();
    assert_eq!(names(&gone), ["a", "c"]);
    assert_eq!(names(&server.call(Verb::List, CONFIG_MAPS, "").await.unwrap()), ["b"]);
}

#[tokio::test]
async fn a_collection_is_deleted_page_by_page() {
    let server = Caller::new();
    for name in ["a", "b", "c", "d", "e"] {
        server.config_map(name, "1").await;
    }
    let delete = async |query: &str| server.call(Verb::DeleteCollection, &format!("{CONFIG_MAPS}?{query}"), "").await.unwrap();
    let first = delete("limit=2").await;
    assert_eq!((names(&first), &first["metadata"]["remainingItemCount"]), (vec!["a", "b"], &3.into()));
    assert_eq!(names(&server.call(Verb::List, CONFIG_MAPS, "").await.unwrap()), ["c", "d", "e"]);
    let second = delete(&format!("limit=2&continue={}", first["metadata"]["continue"].as_str().unwrap())).await;
    assert_eq!(names(&second), ["c", "d"]);
    let last = delete("").await;
    assert_eq!((names(&last), last["metadata"].get("continue")), (vec!["e"], None));
    let past = server.call(Verb::DeleteCollection, &format!("{CONFIG_MAPS}?time=2026-01-01T00:00:00Z"), "").await;
    assert_eq!(past.unwrap_err().reason, Reason::BadRequest);
}

#[tokio::test]
async fn the_next_page_of_the_past_is_not_deleted() {
    let server = Caller::new();
    for name in ["a", "b"] {
        server.config_map(name, "1").await;
    }
    let changes = server.get(&format!("{CONFIG_MAPS}/b?history=true")).await.unwrap();
    let time = changes["items"][0]["time"].as_str().unwrap();
    let then = server.call(Verb::List, &format!("{CONFIG_MAPS}?time={time}&limit=1"), "").await.unwrap();
    let next = then["metadata"]["continue"].as_str().unwrap();
    let refused = server.call(Verb::DeleteCollection, &format!("{CONFIG_MAPS}?continue={next}"), "").await.unwrap_err();
    assert_eq!(refused.reason, Reason::BadRequest, "{}", refused.message);
    assert_eq!(names(&server.call(Verb::List, CONFIG_MAPS, "").await.unwrap()), ["a", "b"]);
}

#[tokio::test]
async fn events_are_served_in_both_of_their_groups() {
    let server = Caller::new();
    let event = r#"{"metadata":{"name":"e","namespace":"default"},"involvedObject":{"kind":"Pod","name":"p","namespace":"default"},
        "reason":"Started","message":"it runs","type":"Normal","source":{"component":"kubelet"}}"#;
    server.create("/api/v1/namespaces/default/events", event).await;
    let path = "/apis/events.k8s.io/v1/namespaces/default/events";
    let list = async |query: &str| server.call(Verb::List, &format!("{path}?fieldSelector={query}"), "").await.unwrap();
    let found = list("reason=Started").await;
    assert_eq!((&found["items"][0]["note"], &found["items"][0]["regarding"]["name"]), (&"it runs".into(), &"p".into()));
    assert_eq!((&found["apiVersion"], &found["kind"]), (&"events.k8s.io/v1".into(), &"EventList".into()));
    assert_eq!((found["items"][0].get("apiVersion"), found["items"][0].get("kind")), (None, None), "the list says it for all");
    assert_eq!(names(&list("reason=Other").await).len(), 0);
}

#[tokio::test]
async fn the_newer_group_of_events_asks_for_more() {
    let server = Caller::new();
    let path = "/apis/events.k8s.io/v1/namespaces/default/events";
    let event = r#"{"metadata":{"name":"e"},"reason":"r","type":"Normal"}"#;
    let status = server.call(Verb::Create, path, event).await.unwrap_err();
    assert!(status.message.ends_with("is invalid: eventTime: Required value"), "{}", status.message);
    server.create("/api/v1/namespaces/default/events", event).await;
    let patch = async |path: &str| server.patch(&format!("{path}/e"), MERGE, r#"{"reason":"s"}"#).await;
    let status = patch(path).await.unwrap_err();
    assert!(status.message.contains("reason: Invalid value: \"s\": field is immutable"), "{}", status.message);
    assert_eq!(patch("/api/v1/namespaces/default/events").await.unwrap()["reason"], "s");
}

#[tokio::test]
async fn a_token_for_a_forgotten_revision_has_expired() {
    let mut config = crate::harness::config();
    let limits = kontiki_store::WindowLimits { bytes: 2000, ..kontiki_store::WindowLimits::default() };
    config.store = std::sync::Arc::new(kontiki_store::MemoryStore::with_window(limits));
    let server = Caller(kontiki_apiserver::Server::new(config));
    for name in ["a", "b", "c"] {
        server.config_map(name, "1").await;
    }
    let first = server.call(Verb::List, &format!("{CONFIG_MAPS}?limit=1"), "").await.unwrap();
    for value in 0..20 {
        server.patch(&format!("{CONFIG_MAPS}/a"), MERGE, &format!(r#"{{"data":{{"k":"{value}"}}}}"#)).await.unwrap();
    }
    let next = first["metadata"]["continue"].as_str().unwrap();
    let expired = server.call(Verb::List, &format!("{CONFIG_MAPS}?limit=1&continue={next}"), "").await.unwrap_err();
    assert_eq!((expired.reason, expired.reason.code()), (Reason::Expired, 410));
    let told = expired.to_value();
    let go_on = told["metadata"]["continue"].as_str().unwrap();
    let rest = server.call(Verb::List, &format!("{CONFIG_MAPS}?continue={go_on}"), "").await.unwrap();
    assert_eq!(names(&rest), ["b", "c"]);
    for query in ["limit=1&resourceVersion=1", "resourceVersionMatch=Exact&resourceVersion=99999"] {
        let status = server.call(Verb::List, &format!("{CONFIG_MAPS}?{query}"), "").await.unwrap_err();
        assert!(matches!(status.reason, Reason::Expired | Reason::Timeout), "{query}");
    }
    let watch = server.answer(Verb::Watch, &format!("{CONFIG_MAPS}?resourceVersion=1"), "").await.err().unwrap();
    assert_eq!(watch.reason, Reason::Expired);
}

#[tokio::test]
async fn pages_of_all_namespaces_go_on_in_the_order_of_their_paths() {
    let server = Caller::new();
    for namespace in ["a", "a-b", "b"] {
        server.create("/api/v1/namespaces", &format!(r#"{{"metadata":{{"name":"{namespace}"}}}}"#)).await;
        for name in ["x", "x-y"] {
            let object = format!(r#"{{"metadata":{{"name":"{name}"}}}}"#);
            server.create(&format!("/api/v1/namespaces/{namespace}/configmaps"), &object).await;
        }
    }
    let (mut told, mut next) = (Vec::new(), String::new());
    loop {
        let page = server.call(Verb::List, &format!("/api/v1/configmaps?limit=1&continue={next}"), "").await.unwrap();
        for item in page["items"].as_array().unwrap() {
            let [namespace, name] = ["namespace", "name"].map(|field| item["metadata"][field].as_str().unwrap());
            told.push(format!("{namespace}/{name}"));
        }
        match page["metadata"]["continue"].as_str() {
            Some(token) => next = token.to_owned(),
            None => break,
        }
    }
    assert_eq!(told, ["a-b/x", "a-b/x-y", "a/x", "a/x-y", "b/x", "b/x-y"]);
}
