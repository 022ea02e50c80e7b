//! Server-side apply, and who manages which fields.

use kontiki_api::request::Verb;
use kontiki_api::status::{Reason, Status};
use kontiki_apiserver::Answer;
use serde_json::{Value, json};

use crate::harness::{CONFIG_MAPS, Caller, MERGE, request};

const APPLY: &str = "application/apply-patch+yaml";
const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/default/deployments";

async fn answer(server: &Caller, path: &str, body: &str) -> Result<Answer, Status> {
    let mut request = request(Verb::Patch, path, body);
    request.content_type = APPLY.into();
    server.0.call(request).await
}

async fn apply(server: &Caller, path: &str, body: &str) -> Result<Value, Status> {
    Ok(serde_json::from_slice(&answer(server, path, body).await?.to_json()).unwrap())
}

/// Manager, operation, subresource and fields of each entry.
fn entries(object: &Value) -> Vec<(String, String, String, Value)> {
    let text = |entry: &Value, name: &str| entry[name].as_str().unwrap_or_default().to_owned();
    let list = object["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
    let parts =
        |entry: &Value| (text(entry, "manager"), text(entry, "operation"), text(entry, "subresource"), entry["fieldsV1"].clone());
    list.iter().map(parts).collect()
}

fn config(data: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata: {{{data}}}\n")
}

fn deployment(replicas: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec:\n  {replicas}\n  selector: {{matchLabels: {{app: web}}}}\n  \
         template:\n    metadata: {{labels: {{app: web}}}}\n    spec: {{containers: [{{name: c, image: demo, ports: [{{containerPort: 80}}]}}]}}\n"
    )
}

#[tokio::test]
async fn applying_makes_the_object_and_then_changes_nothing() {
    let server = Caller::new();
    let path = format!("{CONFIG_MAPS}/a?fieldManager=one");
    let made = answer(&server, &path, &config("k: '1'")).await.unwrap();
    assert_eq!(made.code, 201);
    let made: Value = serde_json::from_slice(&made.to_json()).unwrap();
    assert_eq!(made["metadata"]["namespace"], "default");
    assert_eq!(entries(&made), [("one".into(), "Apply".into(), String::new(), json!({"f:data": {"f:k": {}}}))]);
    let before = server.0.store().revision();
    let again = answer(&server, &path, &config("k: '1'")).await.unwrap();
    assert_eq!((again.code, server.0.store().revision()), (200, before));
    assert_eq!(serde_json::from_slice::<Value>(&again.to_json()).unwrap(), made);
    let json = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"l": "2"}}).to_string();
    assert_eq!(apply(&server, &path, &json).await.unwrap()["data"], json!({"l": "2"}));
}

#[tokio::test]
async fn a_conflict_names_manager_and_field_and_force_resolves_it() {
    let server = Caller::new();
    server.create(DEPLOYMENTS, &json_of(&deployment("replicas: 1"))).await;
    let path = format!("{DEPLOYMENTS}/web?fieldManager=two");
    let refused = apply(&server, &path, &deployment("replicas: 2")).await.unwrap_err();
    assert_eq!((refused.reason, refused.reason.code()), (Reason::Conflict, 409));
    assert_eq!(refused.message, r#"Apply failed with 1 conflict: conflict with "test" using apps/v1: .spec.replicas"#);
    assert_eq!(refused.details.causes[0].reason, "FieldManagerConflict");
    let taken = apply(&server, &format!("{path}&force=true"), &deployment("replicas: 2")).await.unwrap();
    assert_eq!(taken["spec"]["replicas"], 2);
    let owned = entries(&taken);
    assert_eq!((owned[0].0.as_str(), owned[1].0.as_str()), ("two", "test"));
    assert!(owned[1].3["f:spec"].get("f:replicas").is_none());
    let without = apply(&server, &path, &deployment("paused: false")).await.unwrap();
    assert_eq!(without["spec"]["replicas"], 1, "the default comes back");
}

fn json_of(yaml: &str) -> String {
    kontiki_api::yaml::read_one(yaml.as_bytes(), kontiki_api::yaml::Duplicates::Refuse).unwrap().to_string()
}

#[tokio::test]
async fn every_verb_notes_its_manager() {
    let server = Caller::new();
    let made = server
        .create(&format!("{CONFIG_MAPS}?fieldManager=maker"), r#"{"metadata":{"name":"a","labels":{}},"data":{"k":"1"}}"#)
        .await;
    assert_eq!(entries(&made), [("maker".into(), "Update".into(), String::new(), json!({"f:data": {".": {}, "f:k": {}}}))]);
    let path = format!("{CONFIG_MAPS}/a");
    let patched = server.patch(&path, MERGE, r#"{"data":{"l":"2"}}"#).await.unwrap();
    let mut names: Vec<_> = entries(&patched).into_iter().map(|(manager, _, _, fields)| (manager, fields)).collect();
    names.sort_by(|a, b| a.0.cmp(&b.0));
    assert_eq!(names[1], ("test".into(), json!({"f:data": {"f:l": {}}})));
    let mut new = patched.clone();
    new["data"] = json!({"k": "1"});
    let put = server.call(Verb::Update, &path, &new.to_string()).await.unwrap();
    assert_eq!(entries(&put).len(), 1);
    let reset = server.patch(&path, MERGE, r#"{"metadata":{"managedFields":[{}]}}"#).await.unwrap();
    assert!(entries(&reset).is_empty());
    let adopted = apply(&server, &format!("{path}?fieldManager=one"), &config("k: '1'")).await.unwrap();
    assert_eq!(entries(&adopted)[1].0, "before-first-apply");
}

#[tokio::test]
async fn status_has_managers_of_its_own() {
    let server = Caller::new();
    let path = format!("{DEPLOYMENTS}/web");
    let with_status = deployment("replicas: 1") + "status: {replicas: 7}\n";
    let made = apply(&server, &format!("{path}?fieldManager=one"), &with_status).await.unwrap();
    assert!(made.pointer("/status/replicas").is_none());
    assert!(entries(&made)[0].3.get("f:status").is_none());
    let status = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 9}\nstatus: {replicas: 1}\n";
    let applied = apply(&server, &format!("{path}/status?fieldManager=controller"), status).await.unwrap();
    assert_eq!((&applied["spec"]["replicas"], &applied["status"]["replicas"]), (&json!(1), &json!(1)));
    let entry = ("controller".into(), "Apply".into(), "status".into(), json!({"f:status": {"f:replicas": {}}}));
    assert!(entries(&applied).contains(&entry), "{:?}", entries(&applied));
    let missing = apply(&server, &format!("{DEPLOYMENTS}/none/status?fieldManager=c"), &status.replace("web", "none")).await;
    assert_eq!(missing.unwrap_err().reason, Reason::NotFound);
}

#[tokio::test]
async fn the_scale_shares_its_owners_with_the_object() {
    let server = Caller::new();
    let path = format!("{DEPLOYMENTS}/web");
    apply(&server, &format!("{path}?fieldManager=one"), &deployment("replicas: 1")).await.unwrap();
    let scale = "apiVersion: autoscaling/v1\nkind: Scale\nmetadata: {name: web}\nspec: {replicas: 3}\n";
    let refused = apply(&server, &format!("{path}/scale?fieldManager=hpa"), scale).await.unwrap_err();
    assert_eq!(refused.message, r#"Apply failed with 1 conflict: conflict with "one": .spec.replicas"#);
    let scaled = apply(&server, &format!("{path}/scale?fieldManager=hpa&force=true"), scale).await.unwrap();
    assert_eq!((&scaled["kind"], &scaled["spec"]["replicas"]), (&json!("Scale"), &json!(3)));
    let owned = entries(&server.get(&path).await.unwrap());
    assert!(owned.contains(&("hpa".into(), "Apply".into(), "scale".into(), json!({"f:spec": {"f:replicas": {}}}))), "{owned:?}");
    assert!(apply(&server, &format!("{path}?fieldManager=one"), &deployment("replicas: 1")).await.is_err());
    server.patch(&format!("{path}/scale"), MERGE, r#"{"spec":{"replicas":5}}"#).await.unwrap();
    let owned = entries(&server.get(&path).await.unwrap());
    assert!(
        owned
            .iter()
            .any(|(manager, operation, sub, _)| (manager, operation, sub) == (&"test".into(), &"Update".into(), &"scale".into()))
    );
    assert!(!owned.iter().any(|(manager, ..)| manager == "hpa"));
}

#[tokio::test]
async fn configurations_that_cannot_be_applied_are_refused_in_their_class() {
    let server = Caller::new();
    let path = format!("{CONFIG_MAPS}/a?fieldManager=one");
    let refused = async |path: &str, body: &str| {
        let status = apply(&server, path, body).await.unwrap_err();
        (status.reason, status.message)
    };
    let (reason, message) = refused(&format!("{CONFIG_MAPS}/a"), &config("k: '1'")).await;
    assert_eq!(reason, Reason::Invalid);
    assert!(message.contains("fieldManager: Required value: is required for apply patch"), "{message}");
    assert_eq!(refused(&path, "a: [").await.0, Reason::BadRequest);
    assert_eq!(refused(&path, "[1]").await.0, Reason::BadRequest);
    assert_eq!(refused(&path, &config("k: '1'").replace("ConfigMap", "Secret")).await.1, "invalid object type: /v1, Kind=Secret");
    assert_eq!(refused(&path, &config("k: '1'").replace("name: a", "name: b")).await.0, Reason::BadRequest);
    assert_eq!(refused(&path, &config("k: '1'").replace("name: a", "labels: {}")).await.0, Reason::BadRequest);
    let managed = config("k: '1'").replace("name: a", "name: a\n  managedFields: []");
    assert_eq!(refused(&path, &managed).await, (Reason::BadRequest, "metadata.managedFields must be nil".into()));
    let unknown = config("k: '1'") + "extra: 1\n";
    let (reason, message) = refused(&path, &unknown).await;
    assert_eq!(reason, Reason::BadRequest);
    assert_eq!(message, "failed to create typed patch object (/a; /v1, Kind=ConfigMap): .extra: field not declared in schema");
    for precondition in ["uid: x", "resourceVersion: '777'"] {
        let body = config("k: '1'").replace("name: a", &format!("name: a\n  {precondition}"));
        assert_eq!(refused(&path, &body).await.0, Reason::Conflict, "{precondition}");
    }
    assert_eq!(server.get(&format!("{CONFIG_MAPS}/a")).await.unwrap_err().reason, Reason::NotFound);
    server.config_map("a", "1").await;
    for (precondition, reason) in [("uid: x", Reason::Invalid), ("resourceVersion: '777'", Reason::Conflict)] {
        let body = config("k: '1'").replace("name: a", &format!("name: a\n  {precondition}"));
        assert_eq!(refused(&path, &body).await.0, reason, "{precondition}");
    }
    let cbor = server.patch(&path, "application/apply-patch+cbor", "").await.unwrap_err();
    assert_eq!(cbor.reason, Reason::UnsupportedMediaType);
    let force = server.patch(&format!("{CONFIG_MAPS}/a?force=true"), MERGE, "{}").await.unwrap_err();
    assert!(force.message.contains("force: Forbidden: may not be specified for non-apply patch"), "{}", force.message);
}

#[tokio::test]
async fn keys_that_are_there_twice_are_told_or_refused() {
    let server = Caller::new();
    let path = format!("{CONFIG_MAPS}/a?fieldManager=one");
    let twice = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  k: '1'\n  k: '2'\n";
    let strict = apply(&server, &format!("{path}&fieldValidation=Strict"), twice).await.unwrap_err();
    assert!(strict.message.contains(r#"line 6: key "k" already set in map"#), "{}", strict.message);
    assert!(strict.message.starts_with("error strict decoding YAML: "), "{}", strict.message);
    let warned = answer(&server, &path, twice).await.unwrap();
    assert!(warned.warnings[0].contains(r#"line 6: key "k" already set in map"#), "{:?}", warned.warnings);
    assert!(answer(&server, &format!("{path}&fieldValidation=Ignore"), twice).await.unwrap().warnings.is_empty());
}

#[tokio::test]
async fn a_dry_run_applies_nothing() {
    let server = Caller::new();
    let path = format!("{CONFIG_MAPS}/a?fieldManager=one&dryRun=All");
    assert_eq!(apply(&server, &path, &config("k: '1'")).await.unwrap()["data"]["k"], "1");
    assert_eq!(server.get(&format!("{CONFIG_MAPS}/a")).await.unwrap_err().reason, Reason::NotFound);
    server.config_map("a", "1").await;
    let before = server.get(&format!("{CONFIG_MAPS}/a")).await.unwrap();
    assert_eq!(apply(&server, &path, &config("l: '1'")).await.unwrap()["data"]["l"], "1");
    assert_eq!(server.get(&format!("{CONFIG_MAPS}/a")).await.unwrap(), before);
}

#[tokio::test]
async fn versions_of_one_kind_share_their_managers() {
    let server = Caller::new();
    let path =
        |version: &str| format!("/apis/autoscaling/{version}/namespaces/default/horizontalpodautoscalers/a?fieldManager=one");
    let body = |version: &str, most: i64| {
        format!(
            "apiVersion: autoscaling/{version}\nkind: HorizontalPodAutoscaler\nmetadata: {{name: a}}\nspec:\n  maxReplicas: {most}\n  \
             scaleTargetRef: {{apiVersion: apps/v1, kind: Deployment, name: web}}\n"
        )
    };
    apply(&server, &path("v1"), &body("v1", 3)).await.unwrap();
    let refused = apply(&server, &path("v2").replace("one", "two"), &body("v2", 4)).await.unwrap_err();
    assert_eq!(refused.message, r#"Apply failed with 1 conflict: conflict with "one": .spec.maxReplicas"#);
    let moved = apply(&server, &path("v2"), &body("v2", 4)).await.unwrap();
    let list = moved["metadata"]["managedFields"].as_array().unwrap();
    assert_eq!((list.len(), &list[0]["apiVersion"]), (1, &json!("autoscaling/v2")));
}

#[tokio::test]
async fn applies_at_the_same_time_all_arrive() {
    let server = Caller::new();
    let bodies: Vec<String> = (0..4).map(|at| config(&format!("n{at}: x"))).collect();
    let paths: Vec<String> = (0..4).map(|at| format!("{CONFIG_MAPS}/a?fieldManager=m{at}")).collect();
    let applies = paths.iter().zip(&bodies).map(|(path, body)| apply(&server, path, body));
    for applied in futures::future::join_all(applies).await {
        applied.unwrap();
    }
    let object = server.get(&format!("{CONFIG_MAPS}/a")).await.unwrap();
    assert_eq!((object["data"].as_object().unwrap().len(), entries(&object).len()), (4, 4));
}

#[tokio::test]
async fn a_change_of_the_node_or_a_deletion_leaves_the_managers_alone() {
    let server = Caller::new();
    let pods = crate::harness::PODS;
    let mut pod: Value = serde_json::from_str(&crate::harness::pod("p")).unwrap();
    pod["metadata"]["finalizers"] = json!(["example.com/hold"]);
    let made = server.create(pods, &pod.to_string()).await;
    let binding = r#"{"metadata":{"name":"p"},"target":{"kind":"Node","name":"n"}}"#;
    server.call(Verb::Create, &format!("{pods}/p/binding"), binding).await.unwrap();
    server.call(Verb::Delete, &format!("{pods}/p"), "").await.unwrap();
    assert_eq!(entries(&server.get(&format!("{pods}/p")).await.unwrap()), entries(&made));
}
