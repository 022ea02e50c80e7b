//! CustomResourceDefinitions: from the definition to its objects and back.

use std::sync::Arc;

use kontiki_api::request::Verb;
use kontiki_api::status::Reason;
use kontiki_apiserver::Server;
use kontiki_apiserver::custom::establish;
use serde_json::{Value, json};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::harness::{Caller, MERGE, server};

pub const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
pub const TABS: &str = "/apis/stable.example.com/v1/namespaces/default/crontabs";

/// A server that establishes definitions while this lives.
pub struct Establishing {
    pub caller: Caller,
    _stop: DropGuard,
}

impl Establishing {
    pub fn new() -> Self {
        Self::of(server())
    }

    /// With this server.
    pub fn of(server: Arc<Server>) -> Self {
        let stop = CancellationToken::new();
        establish(&server, stop.clone());
        Self { caller: Caller(server), _stop: stop.drop_guard() }
    }

    /// Creates a definition and waits until it is established.
    pub async fn define(&self, definition: &Value) {
        self.caller.create(DEFINITIONS, &definition.to_string()).await;
        let name = definition["metadata"]["name"].as_str().unwrap();
        self.until(&format!("{DEFINITIONS}/{name}"), |found| condition(found, "Established") == "True").await;
    }

    /// Waits until what is at `path` is as wanted; `Null` stands for 404.
    pub async fn until(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let watched = path.rsplit_once('/').unwrap().0;
        loop {
            let mut changes = self.watch(watched).await;
            let found = self.caller.get(path).await.unwrap_or_default();
            if wanted(&found) {
                return found;
            }
            let waited = tokio::time::timeout(std::time::Duration::from_secs(20), futures::StreamExt::next(&mut changes)).await;
            assert!(waited.is_ok(), "{path} stays {found}");
        }
    }

    async fn watch(&self, path: &str) -> kontiki_apiserver::WatchStream {
        let list = self.caller.call(Verb::List, path, "").await.unwrap();
        let revision = list["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
        let answer = self.caller.answer(Verb::Watch, &format!("{path}?resourceVersion={revision}"), "").await.unwrap();
        match answer.content {
            kontiki_apiserver::Content::Watch(_, stream) => stream,
            _ => panic!("a watch answers a stream"),
        }
    }
}

pub fn condition<'a>(object: &'a Value, name: &str) -> &'a str {
    let conditions = object["status"]["conditions"].as_array().map(Vec::as_slice).unwrap_or_default();
    conditions.iter().find(|condition| condition["type"] == name).map_or("", |found| found["status"].as_str().unwrap())
}

/// `crontabs.stable.example.com` with one version of this schema.
pub fn crontabs(schema: Value) -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "crontabs.stable.example.com"},
        "spec": {
            "group": "stable.example.com", "scope": "Namespaced",
            "names": {"plural": "crontabs", "kind": "CronTab", "shortNames": ["ct"]},
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema}}],
        },
    })
}

pub fn spec_schema() -> Value {
    json!({"type": "object", "properties": {
        "spec": {"type": "object", "properties": {"cronSpec": {"type": "string"}, "replicas": {"type": "integer"}}},
        "status": {"type": "object", "properties": {"replicas": {"type": "integer"}, "labelSelector": {"type": "string"}}},
    }})
}

pub fn tab(name: &str, spec: Value) -> String {
    json!({"apiVersion": "stable.example.com/v1", "kind": "CronTab", "metadata": {"name": name}, "spec": spec}).to_string()
}

#[tokio::test]
async fn an_established_definition_serves_its_objects() {
    let cluster = Establishing::new();
    let caller = &cluster.caller;
    assert_eq!(caller.call(Verb::List, TABS, "").await.unwrap_err().reason, Reason::NotFound);
    cluster.define(&crontabs(spec_schema())).await;
    let definition = caller.get(&format!("{DEFINITIONS}/crontabs.stable.example.com")).await.unwrap();
    assert_eq!(definition["status"]["storedVersions"], json!(["v1"]));
    assert_eq!(definition["status"]["acceptedNames"]["listKind"], "CronTabList");
    assert_eq!(definition["spec"]["names"]["singular"], "crontab");
    let made = caller.create(TABS, &tab("a", json!({"cronSpec": "* * * * */5"}))).await;
    assert_eq!(made["metadata"]["generation"], 1);
    let path = format!("{TABS}/a");
    let labelled = caller.patch(&path, MERGE, r#"{"metadata":{"labels":{"l":"1"}}}"#).await.unwrap();
    assert_eq!(labelled["metadata"]["generation"], 1);
    let changed = caller.patch(&path, MERGE, r#"{"spec":{"replicas":3}}"#).await.unwrap();
    assert_eq!((&changed["metadata"]["generation"], &changed["spec"]["replicas"]), (&json!(2), &json!(3)));
    let strategic = caller.patch(&path, "application/strategic-merge-patch+json", "{}").await.unwrap_err();
    assert_eq!(strategic.reason, Reason::UnsupportedMediaType);
    let accepted = "include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml";
    assert!(strategic.message.ends_with(accepted), "{}", strategic.message);
    assert_eq!(caller.call(Verb::List, TABS, "").await.unwrap()["items"].as_array().unwrap().len(), 1);
    caller.call(Verb::Delete, &path, "").await.unwrap();
    assert_eq!(caller.get(&path).await.unwrap_err().reason, Reason::NotFound);
}

#[tokio::test]
async fn status_and_scale_are_apart_from_the_spec() {
    let cluster = Establishing::new();
    let mut definition = crontabs(spec_schema());
    definition["spec"]["versions"][0]["subresources"] = json!({"status": {}, "scale": {
        "specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas", "labelSelectorPath": ".status.labelSelector"}});
    cluster.define(&definition).await;
    let caller = &cluster.caller;
    let mut body: Value = serde_json::from_str(&tab("a", json!({"replicas": 2}))).unwrap();
    body["status"] = json!({"replicas": 7});
    let made = caller.create(TABS, &body.to_string()).await;
    assert_eq!(made.get("status"), None);
    let path = format!("{TABS}/a");
    let patch = r#"{"metadata":{"labels":{"l":"1"}},"spec":{"replicas":9},"status":{"replicas":1,"labelSelector":"a=b"}}"#;
    let told = caller.patch(&format!("{path}/status"), MERGE, patch).await.unwrap();
    assert_eq!((&told["spec"]["replicas"], &told["status"]["replicas"]), (&json!(2), &json!(1)));
    assert_eq!((&told["metadata"]["generation"], told["metadata"].get("labels")), (&json!(1), None));
    let scale = caller.get(&format!("{path}/scale")).await.unwrap();
    assert_eq!((&scale["spec"]["replicas"], &scale["status"]), (&json!(2), &json!({"replicas": 1, "selector": "a=b"})));
    caller.patch(&format!("{path}/scale"), MERGE, r#"{"spec":{"replicas":5}}"#).await.unwrap();
    let scaled = caller.get(&path).await.unwrap();
    assert_eq!((&scaled["spec"]["replicas"], &scaled["metadata"]["generation"]), (&json!(5), &json!(2)));
}

#[tokio::test]
async fn a_definition_goes_after_its_objects() {
    let cluster = Establishing::new();
    let caller = &cluster.caller;
    cluster.define(&crontabs(spec_schema())).await;
    caller.create(TABS, &tab("free", json!({}))).await;
    let mut held: Value = serde_json::from_str(&tab("held", json!({}))).unwrap();
    held["metadata"]["finalizers"] = json!(["example.com/hold"]);
    caller.create(TABS, &held.to_string()).await;
    let path = format!("{DEFINITIONS}/crontabs.stable.example.com");
    caller.call(Verb::Delete, &path, "").await.unwrap();
    cluster.until(&format!("{TABS}/free"), Value::is_null).await;
    let going = caller.get(&path).await.unwrap();
    assert_eq!(condition(&going, "Terminating"), "True");
    let refused = caller.call(Verb::Create, TABS, &tab("late", json!({}))).await.unwrap_err();
    assert_eq!(refused.reason, Reason::Forbidden);
    caller.patch(&format!("{TABS}/held"), MERGE, r#"{"metadata":{"finalizers":null}}"#).await.unwrap();
    cluster.until(&path, Value::is_null).await;
    assert_eq!(caller.call(Verb::List, TABS, "").await.unwrap_err().reason, Reason::NotFound);
    assert!(caller.0.kinds().get("stable.example.com", "v1", "crontabs").is_none());
}

#[tokio::test]
async fn a_definition_that_newer_rules_refuse_is_established_and_goes() {
    let cluster = Establishing::new();
    let mut definition = crontabs(spec_schema());
    definition["metadata"]["uid"] = "u".into();
    definition["spec"]["names"]["listKind"] = "CronTabList".into();
    definition["spec"]["names"]["singular"] = "crontab".into();
    definition["spec"]["preserveUnknownFields"] = true.into();
    definition["status"] = json!({"storedVersions": ["v1"], "acceptedNames": {"plural": "", "kind": ""}, "conditions": []});
    cluster.caller.put("customresourcedefinitions.apiextensions.k8s.io", &definition).await;
    let path = format!("{DEFINITIONS}/crontabs.stable.example.com");
    cluster.until(&path, |found| condition(found, "Established") == "True").await;
    let body = json!({"status": {"acceptedNames": {"plural": "A_B"}}}).to_string();
    let refused = cluster.caller.patch(&format!("{path}/status"), MERGE, &body).await.unwrap_err();
    assert!(refused.message.contains("status.acceptedNames.plural: Invalid value"), "{}", refused.message);
    cluster.caller.call(Verb::Delete, &path, "").await.unwrap();
    cluster.until(&path, Value::is_null).await;
}

#[tokio::test]
async fn of_two_definitions_one_gets_the_name() {
    let cluster = Establishing::new();
    cluster.define(&crontabs(spec_schema())).await;
    let mut second = crontabs(spec_schema());
    second["metadata"]["name"] = "others.stable.example.com".into();
    second["spec"]["names"] = json!({"plural": "others", "singular": "other", "kind": "CronTab", "listKind": "OtherList"});
    cluster.caller.create(DEFINITIONS, &second.to_string()).await;
    let path = format!("{DEFINITIONS}/others.stable.example.com");
    let refused = cluster.until(&path, |found| condition(found, "NamesAccepted") == "False").await;
    assert_eq!(condition(&refused, "Established"), "False");
    cluster.caller.call(Verb::Delete, &format!("{DEFINITIONS}/crontabs.stable.example.com"), "").await.unwrap();
    cluster.until(&path, |found| condition(found, "Established") == "True").await;
}

#[tokio::test]
async fn hundreds_of_definitions_of_one_group_are_established_at_once() {
    const COUNT: usize = 300;
    let cluster = Establishing::new();
    let named = |n: usize| {
        let mut definition = crontabs(spec_schema());
        definition["metadata"]["name"] = json!(format!("tabs{n}.stable.example.com"));
        definition["spec"]["names"] = json!({"plural": format!("tabs{n}"), "kind": format!("Tab{n}")});
        definition.to_string()
    };
    for n in 0..COUNT {
        cluster.caller.create(DEFINITIONS, &named(n)).await;
    }
    let last = format!("{DEFINITIONS}/tabs{}.stable.example.com", COUNT - 1);
    cluster.until(&last, |found| condition(found, "Established") == "True").await;
    let list = cluster.caller.call(Verb::List, DEFINITIONS, "").await.unwrap();
    let items = list["items"].as_array().unwrap();
    assert!(items.len() == COUNT && items.iter().all(|found| condition(found, "Established") == "True"));
}

#[tokio::test]
async fn a_rule_broken_before_it_came_is_a_warning_until_what_it_is_about_changes() {
    let cluster = Establishing::new();
    let caller = &cluster.caller;
    cluster.define(&crontabs(spec_schema())).await;
    let mut object = caller.create(TABS, &tab("a", json!({"cronSpec": "x", "replicas": 9}))).await;
    let place = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/replicas/x-kubernetes-validations";
    let rule = json!([{"op": "add", "path": place, "value": [{"rule": "self < 5", "message": "too many"}]}]);
    let definition = format!("{DEFINITIONS}/crontabs.stable.example.com");
    caller.patch(&definition, "application/json-patch+json", &rule.to_string()).await.unwrap();
    object["spec"]["cronSpec"] = "y".into();
    let answer = caller.answer(Verb::Update, &format!("{TABS}/a"), &object.to_string()).await.unwrap();
    assert_eq!(answer.warnings, ["spec.replicas: Invalid value: 9: too many"]);
    let refusal = caller.patch(&format!("{TABS}/a"), MERGE, r#"{"spec":{"replicas":8}}"#).await.unwrap_err();
    assert_eq!(refusal.reason, Reason::Invalid);
}

#[tokio::test]
async fn versions_without_a_converter_differ_in_name_alone() {
    let cluster = Establishing::new();
    let caller = &cluster.caller;
    let mut definition = crontabs(spec_schema());
    let mut second = definition["spec"]["versions"][0].clone();
    second["name"] = "v2".into();
    second["storage"] = false.into();
    definition["spec"]["versions"].as_array_mut().unwrap().push(second);
    cluster.define(&definition).await;
    caller.create(TABS, &tab("a", json!({"cronSpec": "x"}))).await;
    let newer = TABS.replace("/v1/", "/v2/");
    let mut changes = cluster.watch(&newer).await;
    let read = caller.get(&format!("{newer}/a")).await.unwrap();
    assert_eq!((&read["apiVersion"], &read["spec"]["cronSpec"]), (&json!("stable.example.com/v2"), &json!("x")));
    caller.patch(&format!("{newer}/a"), MERGE, r#"{"spec":{"replicas":1}}"#).await.unwrap();
    let seen = futures::StreamExt::next(&mut changes).await.unwrap().items();
    let kontiki_apiserver::WatchItem::Change(_, seen) = &seen[0] else { panic!("a change is seen") };
    assert_eq!(seen.to_value()["apiVersion"], "stable.example.com/v2");
    let path = format!("{DEFINITIONS}/crontabs.stable.example.com");
    let swap = json!([{"op": "replace", "path": "/spec/versions/0/storage", "value": false},
        {"op": "replace", "path": "/spec/versions/1/storage", "value": true},
        {"op": "add", "path": "/spec/versions/0/deprecated", "value": true}]);
    let swapped = caller.patch(&path, "application/json-patch+json", &swap.to_string()).await.unwrap();
    assert_eq!(swapped["status"]["storedVersions"], json!(["v1", "v2"]));
    let answer = caller.answer(Verb::Get, &format!("{TABS}/a"), "").await.unwrap();
    let warning = "stable.example.com/v1 CronTab is deprecated; use stable.example.com/v2 CronTab";
    assert_eq!(answer.warnings, [warning]);
    let refused = caller.call(Verb::Create, TABS, "{}").await.unwrap_err();
    assert_eq!(refused.details.warnings, [warning]);
    let stored = |caller: &Caller| {
        let key = kontiki_api::meta::Key::new("crontabs.stable.example.com", "default", "a");
        Arc::clone(caller.0.store()).get(&key).unwrap().to_value()["apiVersion"].clone()
    };
    assert_eq!(stored(caller), "stable.example.com/v1");
    caller.patch(&format!("{TABS}/a"), MERGE, "{}").await.unwrap();
    assert_eq!(stored(caller), "stable.example.com/v2");
}

#[tokio::test]
async fn custom_objects_are_applied_by_their_schema() {
    let cluster = Establishing::new();
    let schema = json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {
        "size": {"type": "integer"},
        "ports": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
            "items": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}, "port": {"type": "integer"}}}},
    }}, "status": {"type": "object", "properties": {"phase": {"type": "string"}}}}});
    let mut definition = crontabs(schema);
    definition["spec"]["versions"][0]["subresources"] = json!({"status": {}});
    cluster.define(&definition).await;
    let apply = async |path: &str, fields: &str| {
        let head = "apiVersion: stable.example.com/v1\nkind: CronTab\nmetadata: {name: a}\n";
        cluster.caller.patch(path, "application/apply-patch+yaml", &format!("{head}{fields}")).await
    };
    let path = format!("{TABS}/a?fieldManager=one");
    apply(&path, "spec: {size: 1, ports: [{name: a, port: 1}]}").await.unwrap();
    let merged = apply(&path.replace("one", "two"), "spec: {ports: [{name: b, port: 2}]}").await.unwrap();
    assert_eq!(merged["spec"], json!({"size": 1, "ports": [{"name": "a", "port": 1}, {"name": "b", "port": 2}]}));
    let refused = apply(&path.replace("one", "two"), "spec: {size: 2}").await.unwrap_err();
    assert_eq!(refused.message, r#"Apply failed with 1 conflict: conflict with "one": .spec.size"#);
    let unknown = apply(&path, "spec: {colour: red}").await.unwrap_err();
    assert!(unknown.message.ends_with(".spec.colour: field not declared in schema"), "{}", unknown.message);
    let status = apply(&format!("{TABS}/a/status?fieldManager=three"), "status: {phase: Ready}").await.unwrap();
    assert_eq!(status["status"]["phase"], "Ready");
    let entries = status["metadata"]["managedFields"].as_array().unwrap();
    assert!(entries.iter().any(|entry| entry["manager"] == "three" && entry["subresource"] == "status"), "{entries:?}");
    let left = apply(&path, "spec: {}").await.unwrap();
    assert_eq!(left["spec"], json!({"ports": [{"name": "b", "port": 2}]}));
}

#[tokio::test]
async fn maps_of_no_known_type_are_applied_by_key_and_lists_as_a_whole() {
    let cluster = Establishing::new();
    let open = json!({"x-kubernetes-preserve-unknown-fields": true});
    cluster.define(&crontabs(json!({"type": "object", "properties": {"spec": open}}))).await;
    let apply = async |manager: &str, spec: &str| {
        let body = format!("apiVersion: stable.example.com/v1\nkind: CronTab\nmetadata: {{name: a}}\nspec: {spec}\n");
        cluster.caller.patch(&format!("{TABS}/a?fieldManager={manager}"), "application/apply-patch+yaml", &body).await
    };
    apply("one", "{a: {b: 1}, l: [1]}").await.unwrap();
    let merged = apply("two", "{a: {c: 2}}").await.unwrap();
    assert_eq!(merged["spec"], json!({"a": {"b": 1, "c": 2}, "l": [1]}));
    let refused = apply("two", "{l: [2]}").await.unwrap_err();
    assert_eq!(refused.message, r#"Apply failed with 1 conflict: conflict with "one": .spec.l"#);
    assert_eq!(apply("one", "{l: [1]}").await.unwrap()["spec"], json!({"a": {"c": 2}, "l": [1]}));
}

#[tokio::test]
async fn a_list_has_the_kind_that_its_definition_says() {
    let cluster = Establishing::new();
    let mut definition = crontabs(spec_schema());
    definition["spec"]["names"]["listKind"] = "Timetable".into();
    cluster.define(&definition).await;
    cluster.caller.create(TABS, &tab("a", json!({}))).await;
    assert_eq!(cluster.caller.call(Verb::List, TABS, "").await.unwrap()["kind"], "Timetable");
    assert_eq!(cluster.caller.call(Verb::List, DEFINITIONS, "").await.unwrap()["kind"], "CustomResourceDefinitionList");
}
