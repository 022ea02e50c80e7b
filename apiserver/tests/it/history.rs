//! The past: states at a revision or a time, and what changed since.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use kontiki_api::request::Verb;
use kontiki_api::status::Reason;
use kontiki_apiserver::authorize::{Attributes, Authorize, Decision};
use kontiki_apiserver::{Content, Server};
use kontiki_store::{MemoryStore, WindowLimits};
use serde_json::Value;

use crate::harness::{CONFIG_MAPS, Caller, MERGE, config, request};

fn revision(object: &Value) -> String {
    object["metadata"]["resourceVersion"].as_str().unwrap().to_owned()
}

/// A ConfigMap with three values and its deletion.
async fn eventful(server: &Caller) -> Vec<String> {
    let mut revisions = vec![revision(&server.config_map("a", "1").await)];
    for value in ["2", "3"] {
        let patched = server.patch(&format!("{CONFIG_MAPS}/a"), MERGE, &format!(r#"{{"data":{{"k":"{value}"}}}}"#)).await;
        revisions.push(revision(&patched.unwrap()));
    }
    server.call(Verb::Delete, &format!("{CONFIG_MAPS}/a"), "").await.unwrap();
    revisions
}

#[tokio::test]
async fn an_object_and_a_list_are_read_as_of_a_revision_and_a_time() {
    let server = Caller::new();
    let revisions = eventful(&server).await;
    for (at, value) in revisions.iter().zip(["1", "2", "3"]) {
        let exact = format!("resourceVersion={at}&resourceVersionMatch=Exact");
        let object = server.get(&format!("{CONFIG_MAPS}/a?{exact}")).await.unwrap();
        assert_eq!((&object["data"]["k"], revision(&object)), (&value.into(), at.clone()));
        let list = server.call(Verb::List, &format!("{CONFIG_MAPS}?{exact}"), "").await.unwrap();
        assert_eq!(list["items"][0]["data"]["k"], value);
    }
    let changes = server.get(&format!("{CONFIG_MAPS}/a?history=true")).await.unwrap();
    let time = changes["items"][1]["time"].as_str().unwrap();
    let then = server.get(&format!("{CONFIG_MAPS}/a?time={time}")).await.unwrap();
    assert_eq!(then["data"]["k"], "3");
    let list = server.call(Verb::List, &format!("{CONFIG_MAPS}?time={time}&limit=1"), "").await.unwrap();
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert_eq!(server.get(&format!("{CONFIG_MAPS}/a?time=1999-01-01T00:00:00Z")).await.unwrap_err().reason, Reason::NotFound);
    for wrong in ["time=yesterday", "time=2999-01-01T00:00:00Z", "time=2020-01-01T00:00:00Z&resourceVersion=1"] {
        let refused = server.get(&format!("{CONFIG_MAPS}/a?{wrong}")).await.unwrap_err();
        assert_eq!(refused.reason, Reason::BadRequest, "{wrong}: {}", refused.message);
    }
}

#[tokio::test]
async fn history_tells_each_change_with_who_how_and_what_newest_first() {
    let server = Caller::new();
    let revisions = eventful(&server).await;
    let list = server.get(&format!("{CONFIG_MAPS}/a?history=true")).await.unwrap();
    let items = list["items"].as_array().unwrap();
    let told: Vec<_> = items.iter().map(|item| (item["type"].as_str().unwrap(), item["verb"].as_str().unwrap())).collect();
    assert_eq!(told, [("Deleted", "delete"), ("Changed", "patch"), ("Changed", "patch"), ("Created", "create")]);
    let changed = &items[1];
    assert_eq!((&changed["resourceVersion"], &changed["replaced"]), (&Value::from(&*revisions[2]), &Value::from(&*revisions[1])));
    assert_eq!(changed["changes"], serde_json::json!([{"path": "data.k", "old": "2", "new": "3"}]));
    assert_eq!((&changed["user"]["username"], &changed["cause"]["type"]), (&"tester".into(), &"Request".into()));
    assert_eq!((&items[3]["object"]["data"]["k"], &changed["uid"]), (&"1".into(), &items[0]["uid"]));
    assert_eq!(list["oldest"]["time"], Value::Null);

    let first = server.get(&format!("{CONFIG_MAPS}/a?history=true&limit=3")).await.unwrap();
    let next = first["metadata"]["continue"].as_str().unwrap();
    let rest = server.get(&format!("{CONFIG_MAPS}/a?history=true&limit=3&continue={next}")).await.unwrap();
    assert_eq!((&rest["items"][0]["type"], &rest["metadata"]["continue"]), (&"Created".into(), &"".into()));
    let whole = server.call(Verb::List, "/api/v1/configmaps?history=true", "").await.unwrap();
    assert_eq!(whole["items"].as_array().unwrap().len(), 4);
    assert_eq!(server.get(&format!("{CONFIG_MAPS}/never?history=true")).await.unwrap_err().reason, Reason::NotFound);
}

#[tokio::test]
async fn a_watch_begins_in_the_past_and_goes_on_live() {
    let window = WindowLimits { age: Duration::from_secs(300), bytes: 1 << 20 };
    let mut config = config();
    config.store = Arc::new(MemoryStore::with_window(window));
    let server = Caller(Server::new(config));
    let revisions = eventful(&server).await;
    let path = format!("{CONFIG_MAPS}?resourceVersion={}&resourceVersionMatch=Exact", revisions[0]);
    let answer = server.0.call(request(Verb::Watch, &path, "")).await.unwrap();
    let Content::Watch(_, mut stream) = answer.content else { panic!("a watch") };
    server.config_map("b", "1").await;
    let mut seen = 0;
    while seen < 4 {
        seen += stream.next().await.expect("the watch goes on").count();
    }
}

/// Lets its user do everything but read the past of what is called `present` or a Secret.
struct Guarded;

impl Authorize for Guarded {
    fn authorize(&self, attributes: &Attributes) -> Decision {
        let history = &*attributes.verb == "history";
        if (history && &*attributes.name == "present") || &*attributes.resource == "secrets" {
            return Decision::NoOpinion(String::new());
        }
        Decision::Allow
    }
}

#[tokio::test]
async fn the_past_needs_its_own_verb_beside_todays_permissions() {
    let mut config = config();
    config.authorizer = Arc::new(Guarded);
    let server = Caller(Server::new(config));
    let made = revision(&server.config_map("present", "1").await);
    assert!(server.get(&format!("{CONFIG_MAPS}/present")).await.is_ok());
    for query in ["history=true", "time=2020-01-01T00:00:00Z", &format!("resourceVersion={made}&resourceVersionMatch=Exact")] {
        let refused = server.get(&format!("{CONFIG_MAPS}/present?{query}")).await.unwrap_err();
        assert_eq!(refused.reason, Reason::Forbidden, "{query}");
        assert!(refused.message.contains(r#"cannot history resource "configmaps""#), "{}", refused.message);
    }
    let secret = server.get("/api/v1/namespaces/default/secrets/s?history=true").await.unwrap_err();
    assert!(secret.message.contains("cannot get resource"), "{}", secret.message);
}

#[tokio::test]
async fn what_is_no_longer_kept_is_gone_and_the_answer_says_what_is_kept() {
    let mut config = config();
    config.store = Arc::new(MemoryStore::with_window(WindowLimits { age: Duration::from_secs(300), bytes: 2_000 }));
    let server = Caller(Server::new(config));
    for number in 0..40 {
        server.config_map(&format!("c{number}"), "1").await;
    }
    for query in ["resourceVersion=1&resourceVersionMatch=Exact", "time=2020-01-01T00:00:00Z"] {
        for path in [format!("{CONFIG_MAPS}/c0?{query}"), format!("{CONFIG_MAPS}?{query}")] {
            let verb = if path.contains("/c0") { Verb::Get } else { Verb::List };
            let gone = server.call(verb, &path, "").await.unwrap_err();
            assert_eq!(gone.reason, Reason::Expired, "{path}");
            assert!(gone.message.contains("the past reaches back to revision"), "{}", gone.message);
        }
    }
}
