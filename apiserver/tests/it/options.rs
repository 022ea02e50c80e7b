//! What requests may ask for besides the object.

use futures::StreamExt;
use kontiki_api::request::Verb;
use kontiki_api::status::Reason;
use kontiki_apiserver::{Content, WatchItem};
use serde_json::json;

use crate::harness::{CONFIG_MAPS, Caller, MERGE, PODS, pod, request};

const LEASES: &str = "/apis/coordination.k8s.io/v1/namespaces/default/leases";

#[tokio::test]
async fn a_put_creates_where_upstream_lets_it() {
    let server = Caller::new();
    let lease = r#"{"metadata":{"name":"l"},"spec":{"holderIdentity":"me"}}"#;
    let made = server.answer(Verb::Update, &format!("{LEASES}/l"), lease).await.unwrap();
    assert_eq!(made.code, 201);
    let made = String::from_utf8(made.to_json().to_vec()).unwrap();
    assert_eq!(server.answer(Verb::Update, &format!("{LEASES}/l"), &made).await.unwrap().code, 200);
    let other = server.answer(Verb::Update, &format!("{LEASES}/x"), lease).await.err().unwrap();
    assert_eq!(other.reason, Reason::BadRequest);
    let meant = r#"{"metadata":{"name":"y","uid":"u"}}"#;
    assert_eq!(server.answer(Verb::Update, &format!("{LEASES}/y"), meant).await.err().unwrap().reason, Reason::NotFound);
    let map = server.answer(Verb::Update, &format!("{CONFIG_MAPS}/c"), r#"{"metadata":{"name":"c"}}"#).await.err().unwrap();
    assert_eq!(map.reason, Reason::NotFound);
}

#[tokio::test]
async fn some_deletions_are_answered_with_the_object() {
    let server = Caller::new();
    server.create(PODS, &pod("p")).await;
    assert_eq!(server.call(Verb::Delete, &format!("{PODS}/p"), "").await.unwrap()["kind"], "Pod");
    server.config_map("c", "1").await;
    assert_eq!(server.call(Verb::Delete, &format!("{CONFIG_MAPS}/c"), "").await.unwrap()["kind"], "Status");
}

#[tokio::test]
async fn clients_are_warned() {
    let server = Caller::new();
    let endpoints = server.answer(Verb::List, "/api/v1/endpoints", "").await.unwrap();
    assert_eq!(endpoints.warnings, ["v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"]);
    let twice = pod("p").replace(r#""image":"i""#, r#""image":"i","env":[{"name":"A"},{"name":"A"}]"#);
    let made = server.answer(Verb::Create, PODS, &twice).await.unwrap();
    assert_eq!(made.warnings.len(), 1, "{:?}", made.warnings);
    assert!(made.warnings[0].contains("hides previous definition"));
}

#[tokio::test]
async fn an_annotation_for_app_armor_becomes_a_field_and_is_warned_of() {
    let server = Caller::new();
    let key = "container.apparmor.security.beta.kubernetes.io/c";
    let old_form = pod("p").replace(r#""name":"p","#, &format!(r#""name":"p","annotations":{{"{key}":"unconfined"}},"#));
    let made = server.answer(Verb::Create, PODS, &old_form).await.unwrap();
    let why = "deprecated since v1.30; use the \"appArmorProfile\" field instead";
    assert_eq!(made.warnings, [format!("metadata.annotations[{key}]: {why}")]);
    let made: serde_json::Value = serde_json::from_slice(&made.to_json()).unwrap();
    assert_eq!(made["spec"]["containers"][0]["securityContext"], json!({"appArmorProfile": {"type": "Unconfined"}}));
}

#[tokio::test]
async fn a_template_is_warned_of_only_where_it_changes() {
    const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/default/deployments";
    let server = Caller::new();
    let env = json!([{"name": "A"}, {"name": "A"}]);
    let template = json!({"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i", "env": env}]}});
    let spec = json!({"selector": {"matchLabels": {"a": "b"}}, "template": template});
    let made =
        server.answer(Verb::Create, DEPLOYMENTS, &json!({"metadata": {"name": "d"}, "spec": spec}).to_string()).await.unwrap();
    assert_eq!(made.warnings.len(), 1, "{:?}", made.warnings);
    let warned = async |change: &str| {
        let mut request = request(Verb::Patch, &format!("{DEPLOYMENTS}/d"), change);
        request.content_type = MERGE.into();
        server.0.call(request).await.unwrap().warnings.len()
    };
    assert_eq!(warned(r#"{"metadata":{"labels":{"x":"y"}}}"#).await, 0);
    assert_eq!(warned(r#"{"spec":{"replicas":2}}"#).await, 1);
}

#[tokio::test]
async fn a_watch_tells_what_is_there_only_where_it_is_asked_to() {
    let server = Caller::new();
    server.config_map("a", "1").await;
    let first = async |query: &str| {
        let answer = server.answer(Verb::Watch, &format!("{CONFIG_MAPS}?{query}"), "").await.unwrap();
        let Content::Watch(_, mut stream) = answer.content else { panic!("a watch is answered with changes") };
        server.patch(&format!("{CONFIG_MAPS}/a"), MERGE, &format!(r#"{{"data":{{"k":"{query}"}}}}"#)).await.unwrap();
        stream.next().await.unwrap().items()
    };
    let all = first("sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true").await;
    assert!(matches!(all.as_slice(), [WatchItem::Change(..), WatchItem::Bookmark { initial_end: true, .. }]), "{all:?}");
    let none = first("sendInitialEvents=false&resourceVersionMatch=NotOlderThan").await;
    assert!(matches!(none.as_slice(), [WatchItem::Change(kontiki_apiserver::WatchKind::Modified, _)]), "{none:?}");
}

#[tokio::test]
async fn options_are_refused_under_their_names() {
    let server = Caller::new();
    for (verb, path, body, start) in [
        (Verb::Create, CONFIG_MAPS.to_owned(), "{}", "CreateOptions"),
        (Verb::Update, format!("{CONFIG_MAPS}/a"), "{}", "UpdateOptions"),
        (Verb::Delete, format!("{CONFIG_MAPS}/a"), "", "DeleteOptions"),
    ] {
        let status = server.answer(verb, &format!("{path}?dryRun=Some"), body).await.err().unwrap();
        let wanted =
            format!("{start}.meta.k8s.io \"\" is invalid: dryRun: Unsupported value: [\"Some\"]: supported values: \"All\"");
        assert_eq!((status.reason, status.message), (Reason::Invalid, wanted));
    }
}

#[tokio::test]
async fn parts_of_a_pod_follow_their_own_rules() {
    let server = Caller::new();
    server.create(PODS, &pod("p")).await;
    let parts = format!("{PODS}/p/ephemeralcontainers");
    let debug = json!({"spec": {"ephemeralContainers": [{"name": "d", "image": "i", "terminationMessagePolicy": "File"}]}});
    let strategic = "application/strategic-merge-patch+json";
    server.patch(&parts, strategic, &debug.to_string()).await.unwrap();
    let gone = server.patch(&parts, MERGE, r#"{"spec":{"ephemeralContainers":[]}}"#).await.unwrap_err();
    assert!(gone.message.contains("may not be removed"), "{}", gone.message);
    let more = json!({"spec": {"containers": [{"name": "c", "resources": {"requests": {"cpu": "1"}}}]}});
    let class = server.patch(&format!("{PODS}/p/resize"), strategic, &more.to_string()).await.unwrap_err();
    assert!(class.message.contains("Pod QOS Class may not change"), "{}", class.message);
    let mut foreign = server.get(&format!("{PODS}/p")).await.unwrap();
    foreign["spec"]["containers"][0]["image"] = "other".into();
    let same = server.call(Verb::Update, &format!("{PODS}/p/resize"), &foreign.to_string()).await.unwrap();
    assert_eq!(same["spec"]["containers"][0]["image"], "i");
    let renamed = json!([{"op": "replace", "path": "/spec/containers/0/name", "value": "z"}]).to_string();
    let moved = server.patch(&format!("{PODS}/p/resize"), "application/json-patch+json", &renamed).await.unwrap_err();
    let why = "spec.containers[0].name: Forbidden: containers may not be renamed or reordered on resize";
    assert!(moved.message.ends_with(why), "{}", moved.message);
}

#[tokio::test]
async fn field_validation_has_three_words() {
    let server = Caller::new();
    for (verb, path, start) in [
        (Verb::Create, CONFIG_MAPS.to_owned(), "CreateOptions"),
        (Verb::Update, format!("{CONFIG_MAPS}/a"), "UpdateOptions"),
        (Verb::Patch, format!("{CONFIG_MAPS}/a"), "PatchOptions"),
    ] {
        let mut request = request(verb, &format!("{path}?fieldValidation=Foo"), "{}");
        request.content_type = if verb == Verb::Patch { MERGE } else { "application/json" }.into();
        let status = server.0.call(request).await.err().unwrap();
        let why = r#"fieldValidation: Unsupported value: "Foo": supported values: "", "Ignore", "Strict", "Warn""#;
        assert_eq!((status.reason, status.message), (Reason::Invalid, format!("{start}.meta.k8s.io \"\" is invalid: {why}")));
    }
}
