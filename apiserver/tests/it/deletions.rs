//! DELETE: preconditions, grace, finalizers, propagation.

use kontiki_api::request::Verb;
use kontiki_api::status::Reason;
use serde_json::json;

use crate::harness::{CONFIG_MAPS, Caller, MERGE, PODS, pod};

#[tokio::test]
async fn a_deleted_object_is_gone_and_its_status_says_which() {
    let server = Caller::new();
    let made = server.config_map("a", "1").await;
    let path = format!("{CONFIG_MAPS}/a");
    let other = r#"{"preconditions":{"uid":"other"}}"#;
    let refused = server.call(Verb::Delete, &path, other).await.unwrap_err();
    let words = format!(
        "Operation cannot be fulfilled on ConfigMap \"a\": the UID in the precondition (other) does not match the UID in record ({}). \
         The object might have been deleted and then recreated",
        made["metadata"]["uid"].as_str().unwrap()
    );
    assert_eq!((refused.reason, refused.message), (Reason::Conflict, words));
    let older = r#"{"preconditions":{"resourceVersion":"999"}}"#;
    let refused = server.call(Verb::Delete, &path, older).await.unwrap_err();
    assert!(refused.message.contains("the ResourceVersion in the precondition (999) does not match"), "{}", refused.message);
    let told = server.call(Verb::Delete, &path, "").await.unwrap();
    assert_eq!((&told["status"], &told["details"]["uid"]), (&json!("Success"), &made["metadata"]["uid"]));
    let again = server.call(Verb::Delete, &path, "").await.unwrap_err();
    assert_eq!(again.message, r#"configmaps "a" not found"#);
}

#[tokio::test]
async fn a_finalizer_holds_an_object_until_it_is_taken_off() {
    let server = Caller::new();
    server.create(CONFIG_MAPS, r#"{"metadata":{"name":"a","finalizers":["example.com/hold"]}}"#).await;
    let path = format!("{CONFIG_MAPS}/a");
    let held = server.call(Verb::Delete, &path, "").await.unwrap();
    assert!(held["metadata"]["deletionTimestamp"].is_string());
    assert_eq!(held["metadata"]["deletionGracePeriodSeconds"], 0);
    let added = server.patch(&path, MERGE, r#"{"metadata":{"finalizers":["example.com/hold","example.com/more"]}}"#).await;
    assert_eq!(added.unwrap_err().reason, Reason::Invalid);
    server.patch(&path, MERGE, r#"{"metadata":{"finalizers":null}}"#).await.unwrap();
    assert_eq!(server.get(&path).await.unwrap_err().reason, Reason::NotFound);
}

#[tokio::test]
async fn a_cascading_deletion_is_accepted_where_it_does_not_end_at_once() {
    let server = Caller::new();
    for (name, finalizers, code) in [("free", json!([]), 200), ("held", json!(["example.com/hold"]), 202)] {
        let mut object: serde_json::Value = serde_json::from_str(&pod(name)).unwrap();
        object["metadata"]["finalizers"] = finalizers;
        server.create(PODS, &object.to_string()).await;
        let path = format!("{PODS}/{name}");
        let dry = server.answer(Verb::Delete, &format!("{path}?orphanDependents=false&dryRun=All"), "").await.unwrap();
        let answer = server.answer(Verb::Delete, &format!("{path}?orphanDependents=false"), "").await.unwrap();
        assert_eq!((dry.code, answer.code), (code, code), "{name}");
    }
}

#[tokio::test]
async fn a_dry_run_shows_what_the_deletion_would_leave() {
    let server = Caller::new();
    server.create(CONFIG_MAPS, r#"{"metadata":{"name":"held","finalizers":["example.com/hold"]}}"#).await;
    server.config_map("free", "1").await;
    let dry = async |name: &str| server.call(Verb::Delete, &format!("{CONFIG_MAPS}/{name}?dryRun=All"), "").await.unwrap();
    let held = dry("held").await;
    assert_eq!((&held["kind"], &held["metadata"]["deletionGracePeriodSeconds"]), (&json!("ConfigMap"), &json!(0)));
    assert!(held["metadata"]["deletionTimestamp"].is_string());
    let free = dry("free").await;
    assert_eq!((&free["kind"], &free["details"]["name"]), (&json!("Status"), &json!("free")));
    for name in ["held", "free"] {
        assert!(server.get(&format!("{CONFIG_MAPS}/{name}")).await.unwrap()["metadata"].get("deletionTimestamp").is_none());
    }
}

#[tokio::test]
async fn a_propagation_policy_waits_for_the_garbage_collector() {
    let server = Caller::new();
    for (policy, finalizer) in [("Orphan", "orphan"), ("Foreground", "foregroundDeletion")] {
        server.config_map(&policy.to_lowercase(), "1").await;
        let path = format!("{CONFIG_MAPS}/{}", policy.to_lowercase());
        let held = server.call(Verb::Delete, &path, &json!({"propagationPolicy": policy}).to_string()).await.unwrap();
        assert_eq!(held["metadata"]["finalizers"], json!([finalizer]));
    }
    server.config_map("kept", "1").await;
    let held = server.call(Verb::Delete, &format!("{CONFIG_MAPS}/kept?orphanDependents=True"), "").await.unwrap();
    assert_eq!(held["metadata"]["finalizers"], json!(["orphan"]), "a flag is set unless it says no");
    let wrong = server.call(Verb::Delete, &format!("{CONFIG_MAPS}/orphan?propagationPolicy=No"), "").await.unwrap_err();
    assert_eq!(wrong.reason, Reason::Invalid);
}

#[tokio::test]
async fn an_unbound_pod_goes_at_once_and_a_bound_one_gets_its_grace() {
    let server = Caller::new();
    for name in ["unbound", "bound"] {
        server.create(PODS, &pod(name)).await;
    }
    let path = format!("{PODS}/bound");
    server.create(&format!("{path}/binding"), r#"{"metadata":{"name":"bound"},"target":{"kind":"Node","name":"n1"}}"#).await;
    server.call(Verb::Delete, &format!("{PODS}/unbound"), "").await.unwrap();
    assert_eq!(server.get(&format!("{PODS}/unbound")).await.unwrap_err().reason, Reason::NotFound);
    let leaving = server.call(Verb::Delete, &path, "").await.unwrap();
    assert_eq!(leaving["metadata"]["deletionGracePeriodSeconds"], 30);
    let sooner = server.call(Verb::Delete, &path, r#"{"gracePeriodSeconds":5}"#).await.unwrap();
    assert_eq!(sooner["metadata"]["deletionGracePeriodSeconds"], 5);
    let later = server.call(Verb::Delete, &path, r#"{"gracePeriodSeconds":60}"#).await.unwrap();
    assert_eq!(later["metadata"]["deletionGracePeriodSeconds"], 5);
    let uid = leaving["metadata"]["uid"].as_str().unwrap();
    let kubelet = json!({"gracePeriodSeconds": 0, "preconditions": {"uid": uid}}).to_string();
    server.call(Verb::Delete, &path, &kubelet).await.unwrap();
    assert_eq!(server.get(&path).await.unwrap_err().reason, Reason::NotFound);
}

#[tokio::test]
async fn a_namespace_terminates_until_it_is_finalized() {
    let server = Caller::new();
    let made = server.create("/api/v1/namespaces", r#"{"metadata":{"name":"n"}}"#).await;
    assert_eq!((&made["spec"]["finalizers"], &made["status"]["phase"]), (&json!(["kubernetes"]), &json!("Active")));
    let leaving = server.call(Verb::Delete, "/api/v1/namespaces/n", "").await.unwrap();
    assert_eq!(leaving["status"]["phase"], "Terminating");
    let again = server.call(Verb::Delete, "/api/v1/namespaces/n", "").await.unwrap();
    assert_eq!(again["metadata"]["resourceVersion"], leaving["metadata"]["resourceVersion"]);
    let mut body = leaving.clone();
    body["spec"] = json!({});
    server.call(Verb::Update, "/api/v1/namespaces/n/finalize", &body.to_string()).await.unwrap();
    assert_eq!(server.get("/api/v1/namespaces/n").await.unwrap_err().reason, Reason::NotFound);
}

#[tokio::test]
async fn jobs_and_replication_controllers_leave_their_pods_unless_told_otherwise() {
    const JOBS: &str = "/apis/batch/v1/namespaces/default/jobs";
    const CONTROLLERS: &str = "/api/v1/namespaces/default/replicationcontrollers";
    const WARNING: &str = "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove \
                           them or set propagationPolicy=Orphan to suppress this warning";
    let server = Caller::new();
    let spec = json!({"containers": [{"name": "c", "image": "i"}], "restartPolicy": "Never"});
    let job = |name: &str| json!({"metadata": {"name": name}, "spec": {"template": {"spec": spec}}}).to_string();
    let controller = json!({"metadata": {"name": "r"}, "spec": {"selector": {"a": "b"}, "template": {
        "metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}}});
    for name in ["silent", "said", "listed"] {
        server.create(JOBS, &job(name)).await;
    }
    server.create(CONTROLLERS, &controller.to_string()).await;
    let silent = server.answer(Verb::Delete, &format!("{JOBS}/silent"), "").await.unwrap();
    assert_eq!(silent.warnings, [WARNING]);
    assert_eq!(server.get(&format!("{JOBS}/silent")).await.unwrap()["metadata"]["finalizers"], json!(["orphan"]));
    let said = server.answer(Verb::Delete, &format!("{JOBS}/said?propagationPolicy=Background"), "").await.unwrap();
    assert!(said.warnings.is_empty(), "{:?}", said.warnings);
    assert_eq!(server.get(&format!("{JOBS}/said")).await.unwrap_err().reason, Reason::NotFound);
    let listed = server.answer(Verb::DeleteCollection, JOBS, "").await.unwrap();
    assert_eq!(listed.warnings, [WARNING]);
    assert_eq!(server.get(&format!("{JOBS}/listed")).await.unwrap()["metadata"]["finalizers"], json!(["orphan"]));
    let controller = server.answer(Verb::Delete, &format!("{CONTROLLERS}/r"), "").await.unwrap();
    assert!(controller.warnings.is_empty(), "{:?}", controller.warnings);
    assert_eq!(server.get(&format!("{CONTROLLERS}/r")).await.unwrap()["metadata"]["finalizers"], json!(["orphan"]));
}
