//! Create, update, patch.

use kontiki_api::request::Verb;
use kontiki_api::status::Reason;
use serde_json::{Value, json};

use crate::harness::{CONFIG_MAPS, Caller, DEPLOYMENTS, MERGE, STRATEGIC, deployment, request};

#[tokio::test]
async fn a_created_object_carries_what_the_server_sets() {
    let server = Caller::new();
    let made = server.config_map("a", "1").await;
    assert_eq!((&made["kind"], &made["apiVersion"]), (&"ConfigMap".into(), &"v1".into()));
    assert_eq!(made["metadata"]["namespace"], "default");
    assert_eq!(made["metadata"]["uid"].as_str().unwrap().len(), 36);
    assert!(made["metadata"]["creationTimestamp"].is_string());
    assert_eq!(server.get(&format!("{CONFIG_MAPS}/a")).await.unwrap(), made);
}

#[tokio::test]
async fn a_namespace_named_in_what_lies_in_none_is_dropped() {
    let server = Caller::new();
    let (roles, body) =
        ("/apis/rbac.authorization.k8s.io/v1/clusterroles", r#"{"metadata":{"name":"r","namespace":"monitoring"}}"#);
    let path = format!("{roles}/r");
    let made = server.create(roles, body).await;
    let updated = server.call(Verb::Update, &path, body).await.unwrap();
    let patched = server.patch(&path, MERGE, body).await.unwrap();
    let config = r#"{"apiVersion":"rbac.authorization.k8s.io/v1","kind":"ClusterRole","metadata":{"name":"r","namespace":"x"}}"#;
    let applied = server.patch(&format!("{path}?fieldManager=m"), "application/apply-patch+yaml", config).await.unwrap();
    let config = config.replace(r#""r""#, r#""s""#);
    let created = server.patch(&format!("{roles}/s?fieldManager=m"), "application/apply-patch+yaml", &config).await.unwrap();
    for object in [made, updated, patched, applied, created] {
        assert_eq!(object["metadata"].get("namespace"), None, "{object}");
    }
}

#[tokio::test]
async fn a_name_is_taken_once() {
    let server = Caller::new();
    server.config_map("a", "1").await;
    let refused = server.call(Verb::Create, CONFIG_MAPS, r#"{"metadata":{"name":"a"}}"#).await.unwrap_err();
    assert_eq!((refused.reason, refused.message.as_str()), (Reason::AlreadyExists, r#"configmaps "a" already exists"#));
}

#[tokio::test]
async fn a_generated_name_is_tried_again_where_it_is_taken() {
    let mut config = crate::harness::config();
    let numbers = std::sync::atomic::AtomicU64::new(0);
    // Per attempt a name and a uid are drawn, per request an id before: the first names are all the same.
    config.random = std::sync::Arc::new(move || {
        let drawn = numbers.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        if matches!(drawn, 1 | 4 | 6) { 7 } else { u128::from(drawn) + 1000 }
    });
    let server = Caller(kontiki_apiserver::Server::new(config));
    let body = r#"{"metadata":{"generateName":"x-"}}"#;
    let first = server.create(CONFIG_MAPS, body).await;
    let second = server.create(CONFIG_MAPS, body).await;
    assert!(first["metadata"]["name"].as_str().unwrap().starts_with("x-"));
    assert_ne!(first["metadata"]["name"], second["metadata"]["name"]);
}

#[tokio::test]
async fn a_dry_run_answers_and_stores_nothing() {
    let server = Caller::new();
    let made = server.create(&format!("{CONFIG_MAPS}?dryRun=All"), r#"{"metadata":{"name":"a"}}"#).await;
    assert_eq!(made["metadata"]["name"], "a");
    assert_eq!(server.get(&format!("{CONFIG_MAPS}/a")).await.unwrap_err().reason, Reason::NotFound);
    let wrong = server.call(Verb::Create, &format!("{CONFIG_MAPS}?dryRun=some"), "{}").await.unwrap_err();
    assert_eq!(wrong.reason, Reason::Invalid);
}

#[tokio::test]
async fn bad_bodies_get_their_class() {
    let server = Caller::new();
    let create = async |body: &str| server.call(Verb::Create, CONFIG_MAPS, body).await.unwrap_err();
    assert_eq!(create("{").await.reason, Reason::BadRequest);
    assert_eq!(create(r#"{"kind":"Pod","apiVersion":"v1"}"#).await.reason, Reason::BadRequest);
    assert_eq!(create(r#"{"metadata":{"name":"a","namespace":"other"}}"#).await.reason, Reason::BadRequest);
    assert_eq!(create(r#"{"metadata":{"name":"a","resourceVersion":"3"}}"#).await.reason, Reason::BadRequest);
    assert_eq!(create(&"[".repeat(500)).await.reason, Reason::BadRequest);
    let nameless = create("{}").await;
    assert_eq!((nameless.reason, nameless.details.causes[0].field.as_str()), (Reason::Invalid, "metadata.name"));
    let labels = create(r#"{"metadata":{"name":"a","labels":{"-":"x y"}}}"#).await;
    assert_eq!((labels.reason, labels.details.causes.len()), (Reason::Invalid, 2));
}

#[tokio::test]
async fn unknown_fields_are_told_or_refused() {
    let server = Caller::new();
    let body = r#"{"metadata":{"name":"a"},"bogus":1}"#;
    let strict = server.call(Verb::Create, &format!("{CONFIG_MAPS}?fieldValidation=Strict"), body).await.unwrap_err();
    assert!(strict.message.contains(r#"unknown field "bogus""#), "{}", strict.message);
    let warned = server.answer(Verb::Create, CONFIG_MAPS, body).await.unwrap();
    assert!(warned.warnings[0].contains(r#"unknown field "bogus""#), "{:?}", warned.warnings);
}

#[tokio::test]
async fn an_update_of_an_older_revision_conflicts_and_one_without_a_revision_does_not() {
    let server = Caller::new();
    let made = server.config_map("a", "1").await;
    let path = format!("{CONFIG_MAPS}/a");
    let mut newer = made.clone();
    newer["data"]["k"] = "2".into();
    let updated = server.call(Verb::Update, &path, &newer.to_string()).await.unwrap();
    assert_ne!(updated["metadata"]["resourceVersion"], made["metadata"]["resourceVersion"]);
    let refused = server.call(Verb::Update, &path, &newer.to_string()).await.unwrap_err();
    let words = "Operation cannot be fulfilled on configmaps \"a\": the object has been modified; \
                 please apply your changes to the latest version and try again";
    assert_eq!((refused.reason, refused.message.as_str()), (Reason::Conflict, words));
    newer["metadata"]["resourceVersion"] = "".into();
    newer["data"]["k"] = "3".into();
    assert_eq!(server.call(Verb::Update, &path, &newer.to_string()).await.unwrap()["data"]["k"], "3");
}

#[tokio::test]
async fn some_kinds_are_replaced_only_by_who_says_which_revision() {
    let server = Caller::new();
    let path = "/apis/coordination.k8s.io/v1/namespaces/default/leases/l";
    let lease = r#"{"metadata":{"name":"l"},"spec":{"holderIdentity":"a"}}"#;
    server.call(Verb::Update, path, lease).await.unwrap();
    let refused = server.call(Verb::Update, path, &lease.replace("\"a\"", "\"b\"")).await.unwrap_err();
    let words = "leases.coordination.k8s.io \"l\" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update";
    assert_eq!((refused.reason, refused.message.as_str()), (Reason::Invalid, words));
    let mut read = server.get(path).await.unwrap();
    read["spec"]["holderIdentity"] = "b".into();
    server.call(Verb::Update, path, &read.to_string()).await.unwrap();
    server.patch(path, MERGE, r#"{"spec":{"holderIdentity":"c"}}"#).await.unwrap();
}

#[tokio::test]
async fn a_write_that_changes_nothing_is_not_logged() {
    let server = Caller::new();
    let made = server.config_map("a", "1").await;
    let path = format!("{CONFIG_MAPS}/a");
    let before = server.0.store().revision();
    assert_eq!(server.call(Verb::Update, &path, &made.to_string()).await.unwrap(), made);
    assert_eq!(server.patch(&path, MERGE, r#"{"data":{"k":"1"}}"#).await.unwrap(), made);
    assert_eq!(server.0.store().revision(), before);
}

#[tokio::test]
async fn what_only_the_system_sets_cannot_be_written() {
    let server = Caller::new();
    let made = server.config_map("a", "1").await;
    let body = r#"{"metadata":{"creationTimestamp":"2001-01-01T00:00:00Z","generation":9}}"#;
    let patched = server.patch(&format!("{CONFIG_MAPS}/a"), MERGE, body).await.unwrap();
    assert_eq!(patched, made);
    for (field, value) in
        [("uid", json!("x")), ("deletionTimestamp", json!("2001-01-01T00:00:00Z")), ("deletionGracePeriodSeconds", json!(5))]
    {
        let body = json!({"metadata": {field: value}}).to_string();
        let refused = server.patch(&format!("{CONFIG_MAPS}/a"), MERGE, &body).await.unwrap_err();
        let told = format!("ConfigMap \"a\" is invalid: metadata.{field}: Invalid value: {value}: field is immutable");
        assert_eq!((refused.reason, refused.message), (Reason::Invalid, told));
    }
    let named = server.patch(&format!("{CONFIG_MAPS}/a"), MERGE, r#"{"metadata":{"generateName":"b-"}}"#).await.unwrap();
    assert_eq!(named["metadata"]["generateName"], "b-");
}

#[tokio::test]
async fn a_deletion_under_way_is_neither_undone_nor_changed_by_an_update() {
    let server = Caller::new();
    server.create(CONFIG_MAPS, r#"{"metadata":{"name":"a","finalizers":["example.com/hold"]}}"#).await;
    let path = format!("{CONFIG_MAPS}/a");
    let leaving = server.call(Verb::Delete, &path, "").await.unwrap();
    let mut bare = leaving.clone();
    for field in ["deletionTimestamp", "deletionGracePeriodSeconds"] {
        bare["metadata"].as_object_mut().unwrap().shift_remove(field);
    }
    assert_eq!(server.call(Verb::Update, &path, &bare.to_string()).await.unwrap(), leaving);
    let moved = server.patch(&path, MERGE, r#"{"metadata":{"deletionTimestamp":"2001-01-01T00:00:00Z"}}"#).await.unwrap();
    assert_eq!(moved, leaving);
    let longer = server.patch(&path, MERGE, r#"{"metadata":{"deletionGracePeriodSeconds":7}}"#).await.unwrap_err();
    assert_eq!(longer.reason, Reason::Invalid);
}

#[tokio::test]
async fn every_form_of_patch_applies() {
    let server = Caller::new();
    server.config_map("a", "1").await;
    let path = format!("{CONFIG_MAPS}/a");
    let merged = server.patch(&path, MERGE, r#"{"data":{"k":null,"m":"2"}}"#).await.unwrap();
    assert_eq!(merged["data"], serde_json::json!({"m": "2"}));
    let json = r#"[{"op":"add","path":"/data/j","value":"3"}]"#;
    assert_eq!(server.patch(&path, "application/json-patch+json", json).await.unwrap()["data"]["j"], "3");
    let strategic = r#"{"metadata":{"labels":{"s":"4"}}}"#;
    let patched = server.patch(&path, "application/strategic-merge-patch+json", strategic).await.unwrap();
    assert_eq!(patched["metadata"]["labels"], serde_json::json!({"l": "1", "s": "4"}));
    let unknown = server.patch(&path, "application/mending-patch", "{}").await.unwrap_err();
    let words = "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, \
                 application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml";
    assert_eq!((unknown.reason, unknown.message.as_str()), (Reason::UnsupportedMediaType, words));
    let stale = server.patch(&path, MERGE, r#"{"metadata":{"resourceVersion":"1"},"data":{"z":"1"}}"#).await.unwrap_err();
    assert_eq!(stale.reason, Reason::Conflict);
}

#[tokio::test]
async fn patches_at_the_same_time_all_arrive() {
    let server = Caller::new();
    server.config_map("a", "1").await;
    let path = format!("{CONFIG_MAPS}/a");
    let bodies: Vec<String> = (0..40).map(|at| format!(r#"{{"data":{{"n{at}":"x"}}}}"#)).collect();
    let patches = bodies.iter().map(|body| server.patch(&path, MERGE, body));
    for patched in futures::future::join_all(patches).await {
        patched.unwrap();
    }
    let data = server.get(&path).await.unwrap()["data"].as_object().unwrap().len();
    assert_eq!(data, 41);
}

#[tokio::test]
async fn refusals_say_who_may_not_what() {
    let server = Caller::new();
    let refused = server.get("/api/v1/namespaces/closed/secrets/s").await.unwrap_err();
    let words =
        r#"secrets "s" is forbidden: User "tester" cannot get resource "secrets" in API group "" in the namespace "closed""#;
    assert_eq!((refused.reason, refused.message.as_str()), (Reason::Forbidden, words));
    assert_eq!(server.get("/api/v1/namespaces/default/nothings/x").await.unwrap_err().reason, Reason::NotFound);
    assert_eq!(server.call(Verb::Delete, CONFIG_MAPS, "").await.unwrap_err().reason, Reason::MethodNotAllowed);
}

#[tokio::test]
async fn a_patch_that_makes_no_object_is_told_as_invalid() {
    let server = Caller::new();
    server.create(DEPLOYMENTS, &deployment("d")).await;
    let path = format!("{DEPLOYMENTS}/d");
    let strict = format!("{path}?fieldValidation=Strict");
    let replace = r#"[{"op":"replace","path":"/spec/replicas","value":"two"}]"#;
    let add = r#"[{"op":"add","path":"/spec/bogus","value":1}]"#;
    let json = "cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32";
    let forms = [
        (MERGE, r#"{"spec":{"replicas":"two"}}"#, r#"{"spec":{"bogus":1}}"#, json),
        (STRATEGIC, r#"{"spec":{"replicas":"two"}}"#, r#"{"spec":{"bogus":1}}"#, ": unrecognized type: int32"),
        ("application/json-patch+json", replace, add, json),
    ];
    for (form, wrong, unknown, why) in forms {
        let refused = server.patch(&path, form, wrong).await.unwrap_err();
        let cause = &refused.details.causes[0];
        assert_eq!((refused.reason, cause.field.as_str()), (Reason::Invalid, "patch"), "{form}: {}", refused.message);
        assert!(refused.message.starts_with(r#" "" is invalid: patch: Invalid value: "#), "{}", refused.message);
        assert!(cause.message.ends_with(why), "{cause:?}");
        let refused = server.patch(&strict, form, unknown).await.unwrap_err();
        assert_eq!((refused.reason, refused.details.causes[0].field.as_str()), (Reason::Invalid, "patch"));
        assert!(refused.message.ends_with(r#"strict decoding error: unknown field "spec.bogus""#), "{}", refused.message);
        assert_eq!(server.patch(&path, form, "{").await.unwrap_err().reason, Reason::BadRequest);
    }
    let shown = server.patch(&path, STRATEGIC, r#"{"spec":{"replicas":"two"}}"#).await.unwrap_err();
    assert!(shown.message.contains(r#"Invalid value: "map[spec:map[replicas:two]]": "#), "{}", shown.message);
    let scale = server.patch(&format!("{path}/scale"), MERGE, r#"{"spec":{"replicas":"two"}}"#).await.unwrap_err();
    assert_eq!((scale.reason, scale.details.causes[0].field.as_str()), (Reason::Invalid, "patch"));
}

#[tokio::test]
async fn what_a_patch_says_twice_is_told_or_refused() {
    let server = Caller::new();
    server.config_map("a", "1").await;
    let path = format!("{CONFIG_MAPS}/a");
    let twice = r#"{"data":{"k":"2","k":"3"}}"#;
    let operation = r#"[{"op":"test","op":"add","path":"/data/k","value":"4","why":"so"}]"#;
    let json = ["json patch duplicate field \"[0].op\"", "json patch unknown field \"[0].why\""];
    for (form, body, told, left) in [
        (MERGE, twice, &["duplicate field \"data.k\""][..], "3"),
        (STRATEGIC, twice, &["duplicate field \"data.k\""][..], "3"),
        ("application/json-patch+json", operation, &json[..], "4"),
    ] {
        let send = async |query: &str| {
            let mut request = request(Verb::Patch, &format!("{path}{query}"), body);
            request.content_type = form.into();
            server.0.call(request).await
        };
        let refused = send("?fieldValidation=Strict").await.err().unwrap();
        assert_eq!(refused.reason, Reason::Invalid);
        assert!(refused.message.ends_with(&format!("strict decoding error: {}", told.join(", "))), "{}", refused.message);
        assert_eq!(send("").await.unwrap().warnings, told);
        assert_eq!(server.get(&path).await.unwrap()["data"]["k"], left);
        assert!(send("?fieldValidation=Ignore").await.unwrap().warnings.is_empty());
    }
}

#[tokio::test]
async fn another_uid_is_a_conflict_in_a_put_and_a_fault_in_a_patch() {
    let server = Caller::new();
    server.config_map("a", "1").await;
    let path = format!("{CONFIG_MAPS}/a");
    let body = r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a","uid":"x"}}"#;
    let words = "ConfigMap \"a\" is invalid: metadata.uid: Invalid value: \"x\": field is immutable";
    for form in [MERGE, STRATEGIC, "application/apply-patch+yaml"] {
        let refused = server.patch(&format!("{path}?fieldManager=m"), form, body).await.unwrap_err();
        assert_eq!((refused.reason, refused.message.as_str()), (Reason::Invalid, words), "{form}");
    }
    let put = server.call(Verb::Update, &path, body).await.unwrap_err();
    assert_eq!(put.reason, Reason::Conflict);
    assert!(put.message.contains("Precondition failed: UID in precondition: x"), "{}", put.message);
}

#[tokio::test]
async fn a_put_must_name_its_object() {
    let server = Caller::new();
    server.create(DEPLOYMENTS, &deployment("d")).await;
    let path = format!("{DEPLOYMENTS}/d");
    let words = "the name of the object (d based on URL) was undeterminable: name must be provided";
    for path in [path.clone(), format!("{path}/status"), format!("{path}/scale")] {
        let refused = server.call(Verb::Update, &path, r#"{"spec":{"replicas":1}}"#).await.unwrap_err();
        assert_eq!((refused.reason, refused.message.as_str()), (Reason::BadRequest, words), "{path}");
    }
    let taken_off = server.patch(&path, MERGE, r#"{"metadata":{"name":null}}"#).await.unwrap_err();
    assert_eq!((taken_off.reason, taken_off.message.as_str()), (Reason::BadRequest, words));
    let absent = server.call(Verb::Update, "/apis/coordination.k8s.io/v1/namespaces/default/leases/l", "{}").await.unwrap_err();
    assert_eq!(absent.message, words.replace("(d ", "(l "));
}

#[tokio::test]
async fn an_owner_that_is_named_twice_is_kept_once() {
    let server = Caller::new();
    let owner = json!({"apiVersion": "v1", "kind": "ConfigMap", "name": "o", "uid": "u"});
    let body = |owners: &[&Value]| json!({"metadata": {"name": "a", "ownerReferences": owners}}).to_string();
    let words = |when: &str| {
        format!(
            ".metadata.ownerReferences contains duplicate entries{when}; API server dedups owner references in 1.20+, and may \
             reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: u"
        )
    };
    let path = format!("{CONFIG_MAPS}/a");
    let kept = async || server.get(&path).await.unwrap()["metadata"]["ownerReferences"].clone();
    let made = server.answer(Verb::Create, CONFIG_MAPS, &body(&[&owner, &owner])).await.unwrap();
    assert_eq!((made.warnings, kept().await), (vec![words("")], json!([owner])));
    let put = server.answer(Verb::Update, &path, &body(&[&owner, &owner])).await.unwrap();
    assert_eq!((put.warnings, kept().await), (vec![words("")], json!([owner])));
    let mut patch = request(Verb::Patch, &path, &body(&[&owner, &owner]));
    patch.content_type = MERGE.into();
    let patched = server.0.call(patch).await.unwrap();
    assert_eq!((patched.warnings, kept().await), (vec![words(" after mutating admission happens")], json!([owner])));
}

#[tokio::test]
async fn a_driver_asks_for_tokens_of_the_server_itself() {
    let server = Caller::new();
    let drivers = "/apis/storage.k8s.io/v1/csidrivers";
    let body = json!({"metadata": {"name": "secrets-store.csi.k8s.io"}, "spec": {"tokenRequests": [{"audience": ""}]}});
    let made = server.create(drivers, &body.to_string()).await;
    assert_eq!(made["spec"]["tokenRequests"], json!([{"audience": ""}]));
}

#[tokio::test]
async fn a_taint_of_a_device_says_since_when_it_is_there() {
    let server = Caller::new();
    let slices = "/apis/resource.k8s.io/v1/resourceslices";
    let device = json!({"name": "d", "taints": [{"key": "k", "effect": "NoSchedule"}]});
    let pool = json!({"name": "p", "generation": 1, "resourceSliceCount": 1});
    let spec = json!({"driver": "d.x", "nodeName": "n", "pool": pool, "devices": [device]});
    let made = server.create(slices, &json!({"metadata": {"name": "s"}, "spec": spec}).to_string()).await;
    let time = |slice: &Value, at: usize| slice["spec"]["devices"][0]["taints"][at]["timeAdded"].clone();
    assert_eq!(time(&made, 0), made["metadata"]["creationTimestamp"]);
    let taints = json!([{"key": "k", "effect": "NoSchedule"}, {"key": "l", "effect": "NoSchedule"}]);
    let patch = json!({"spec": {"devices": [{"name": "d", "taints": taints}]}}).to_string();
    let patched = server.patch(&format!("{slices}/s"), MERGE, &patch).await.unwrap();
    assert_eq!(time(&patched, 0), time(&made, 0));
    assert!(time(&patched, 1).is_string());
}

#[tokio::test]
async fn a_daemon_set_counts_its_templates() {
    let server = Caller::new();
    let sets = "/apis/apps/v1/namespaces/default/daemonsets";
    let template = json!({"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i:1"}]}});
    let body = json!({"metadata": {"name": "d"}, "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": template}});
    let made = server.create(sets, &body.to_string()).await;
    let count = |set: &Value| set["metadata"]["annotations"]["deprecated.daemonset.template.generation"].clone();
    assert_eq!((count(&made), made["metadata"]["generation"].as_i64()), (json!("1"), Some(1)));
    let told = json!({"metadata": {"annotations": null}, "status": {"numberReady": 1}}).to_string();
    let told = server.patch(&format!("{sets}/d/status"), MERGE, &told).await.unwrap();
    assert_eq!((count(&told), &told["status"]["numberReady"]), (json!("1"), &json!(1)));
    let image = json!({"spec": {"template": {"spec": {"containers": [{"name": "c", "image": "i:2"}]}}}}).to_string();
    let rolled = server.patch(&format!("{sets}/d"), MERGE, &image).await.unwrap();
    assert_eq!((count(&rolled), rolled["metadata"]["generation"].as_i64()), (json!("2"), Some(2)));
}
