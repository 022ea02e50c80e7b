//! Admission webhooks, asked over HTTPS.

use kontiki_api::request::Verb;
use kontiki_api::status::Reason;
use serde_json::{Value, json};

use crate::custom::{Establishing, TABS, crontabs, spec_schema, tab};
use crate::harness::{CONFIG_MAPS, Caller, MERGE, PODS, pod};
use crate::hook_server::{HookServer, patch};

pub const MUTATING: &str = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";
pub const VALIDATING: &str = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";

/// Webhooks by their path.
pub fn answer(path: &str, asked: &Value) -> Option<Value> {
    let data = &asked["object"]["data"];
    Some(match path {
        "/hang" => return None,
        "/deny" => json!({"allowed": false, "status": {"message": "not here", "code": 403, "reason": "Forbidden"}}),
        "/one" if data["one"].is_null() => patch(&json!([{"op": "add", "path": "/data/one", "value": "1"}])),
        "/two" if data["one"] == "1" && data["two"].is_null() => {
            patch(&json!([{"op": "add", "path": "/data/two", "value": "2"}]))
        }
        "/scale" => patch(&json!([{"op": "replace", "path": "/spec/replicas", "value": 3}])),
        "/port" => patch(&json!([{"op": "add", "path": "/spec/containers/0/ports", "value": [{"containerPort": 80}]}])),
        "/node" => patch(&json!([{"op": "replace", "path": "/target/name", "value": "elsewhere"}])),
        "/grace" => patch(&json!([{"op": "add", "path": "/deleteOptions", "value": {"gracePeriodSeconds": 7}}])),
        "/audience" => patch(&json!([{"op": "add", "path": "/spec/user", "value": "carol"}])),
        "/broken" => patch(&json!([{"op": "remove", "path": "/data/nothing/at/all"}])),
        "/uid" => patch(&json!([{"op": "add", "path": "/metadata/uid", "value": "mine"}])),
        "/nothing" => patch(&json!([{"op": "replace", "path": "", "value": {}}])),
        "/unread" => json!({"allowed": true, "patchType": "JSONPatch", "patch": "aGVsbG8="}),
        "/move" => patch(&json!([{"op": "replace", "path": "/metadata/namespace", "value": "elsewhere"}])),
        "/note" => json!({"allowed": true, "auditAnnotations": {"seen": "yes"}}),
        "/warn" => json!({"allowed": true, "warnings": ["careful"]}),
        "/advise" => json!({"allowed": false, "warnings": ["think again"]}),
        _ => json!({"allowed": true}),
    })
}

async fn server() -> (Caller, HookServer) {
    (Caller::new(), HookServer::start(&["localhost", "hook.tools.svc"], answer).await)
}

pub async fn configure(caller: &Caller, path: &str, name: &str, hooks: &[Value]) {
    let body = json!({"metadata": {"name": name}, "webhooks": hooks});
    caller.create(path, &body.to_string()).await;
}

pub fn map(name: &str, labels: &Value) -> String {
    json!({"metadata": {"name": name, "labels": labels}, "data": {"k": "v"}}).to_string()
}

#[tokio::test]
async fn a_refusal_is_told_in_the_webhooks_words_until_its_configuration_goes() {
    let (caller, hooks) = server().await;
    let selected = json!({"objectSelector": {"matchLabels": {"deny": "yes"}}});
    configure(&caller, VALIDATING, "v", &[hooks.hook("deny.example.com", "/deny", &["configmaps"], &selected)]).await;
    caller.create(CONFIG_MAPS, &map("a", &json!({"deny": "no"}))).await;
    let told = caller.call(Verb::Create, CONFIG_MAPS, &map("b", &json!({"deny": "yes"}))).await.unwrap_err();
    assert_eq!(told.message, r#"admission webhook "deny.example.com" denied the request: not here"#);
    assert_eq!((told.reason, told.code()), (Reason::Forbidden, 403));
    let path = format!("{CONFIG_MAPS}/a");
    assert!(caller.patch(&path, MERGE, r#"{"metadata":{"labels":{"deny":"yes"}}}"#).await.is_err());
    let seen = hooks.seen();
    let asked = seen.last().unwrap();
    assert_eq!((&asked["operation"], &asked["oldObject"]["metadata"]["labels"]["deny"]), (&json!("UPDATE"), &json!("no")));
    assert_eq!((&asked["name"], &asked["namespace"], &asked["dryRun"]), (&json!("a"), &json!("default"), &json!(false)));
    assert_eq!((&asked["userInfo"]["username"], &asked["options"]["kind"]), (&json!("tester"), &json!("UpdateOptions")));
    assert_eq!(asked["requestResource"], json!({"group": "", "version": "v1", "resource": "configmaps"}));
    caller.call(Verb::Delete, &format!("{VALIDATING}/v"), "").await.unwrap();
    caller.create(CONFIG_MAPS, &map("b", &json!({"deny": "yes"}))).await;
}

#[tokio::test]
async fn a_deletion_is_asked_about_and_changes_nothing_when_refused() {
    let (caller, hooks) = server().await;
    let rules =
        json!({"rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["DELETE"], "resources": ["configmaps"]}]});
    caller.create(CONFIG_MAPS, &map("a", &json!({}))).await;
    configure(&caller, VALIDATING, "v", &[hooks.hook("deny.example.com", "/deny", &[], &rules)]).await;
    let path = format!("{CONFIG_MAPS}/a");
    assert!(caller.call(Verb::Delete, &path, "").await.unwrap_err().message.contains("denied the request"));
    caller.get(&path).await.unwrap();
    let seen = hooks.seen();
    assert_eq!((&seen[0]["object"], &seen[0]["oldObject"]["data"]["k"]), (&Value::Null, &json!("v")));
    caller.create(CONFIG_MAPS, &map("b", &json!({}))).await;
}

#[tokio::test]
async fn a_webhook_is_told_how_to_delete_and_how_to_write() {
    let (caller, hooks) = server().await;
    configure(&caller, VALIDATING, "v", &[hooks.hook("v.example.com", "/ok", &["configmaps"], &json!({}))]).await;
    let meta = caller.create(CONFIG_MAPS, &map("a", &json!({}))).await["metadata"].take();
    let path = format!("{CONFIG_MAPS}/a");
    caller.patch(&format!("{path}?fieldManager=m&fieldValidation=Strict"), MERGE, r#"{"data":{"k":"w"}}"#).await.unwrap();
    let body = json!({"gracePeriodSeconds": 5, "propagationPolicy": "Foreground", "preconditions": {"uid": meta["uid"]}});
    caller.call(Verb::Delete, &format!("{path}?dryRun=All"), &body.to_string()).await.unwrap();
    caller.call(Verb::Delete, &format!("{path}?orphanDependents=false&gracePeriodSeconds=1"), "").await.unwrap();
    let seen: Vec<Value> = hooks.seen().iter().map(|asked| asked["options"].clone()).collect();
    let told = |kind: &str, more: Value| {
        let mut options = more;
        (options["kind"], options["apiVersion"]) = (json!(kind), json!("meta.k8s.io/v1"));
        options
    };
    let mut dry = body;
    dry["dryRun"] = json!(["All"]);
    let wanted = [
        told("CreateOptions", json!({})),
        told("UpdateOptions", json!({"fieldManager": "m", "fieldValidation": "Strict"})),
        told("DeleteOptions", dry),
        told("DeleteOptions", json!({"gracePeriodSeconds": 1, "orphanDependents": false})),
    ];
    assert_eq!(seen, wanted);
}

#[tokio::test]
async fn mutating_webhooks_run_by_name_and_again_where_they_ask_for_it() {
    let (caller, hooks) = server().await;
    let again = json!({"reinvocationPolicy": "IfNeeded"});
    configure(&caller, MUTATING, "a", &[hooks.hook("two.example.com", "/two", &["configmaps"], &again)]).await;
    configure(&caller, MUTATING, "b", &[hooks.hook("one.example.com", "/one", &["configmaps"], &json!({}))]).await;
    let made = caller.create(CONFIG_MAPS, &map("a", &json!({}))).await;
    assert_eq!(made["data"], json!({"k": "v", "one": "1", "two": "2"}));
    assert_eq!(hooks.seen().len(), 3, "the first is called again, the second is not");
}

#[tokio::test]
async fn defaults_are_filled_in_after_a_mutation_and_its_result_is_validated() {
    let (caller, hooks) = server().await;
    configure(&caller, MUTATING, "m", &[hooks.hook("port.example.com", "/port", &["pods"], &json!({}))]).await;
    let made = caller.create(PODS, &pod("a")).await;
    assert_eq!(made["spec"]["containers"][0]["ports"], json!([{"containerPort": 80, "protocol": "TCP"}]));
    configure(&caller, MUTATING, "n", &[hooks.hook("broken.example.com", "/broken", &["configmaps"], &json!({}))]).await;
    let told = caller.call(Verb::Create, CONFIG_MAPS, &map("a", &json!({}))).await.unwrap_err();
    assert_eq!(told.reason, Reason::InternalError);
}

#[tokio::test]
async fn a_webhook_that_cannot_be_called_fails_or_passes_as_its_policy_says() {
    let (caller, hooks) = server().await;
    let gone = json!({"clientConfig": {"url": "https://localhost:1/gone"}, "failurePolicy": "Ignore"});
    configure(&caller, VALIDATING, "open", &[hooks.hook("open.example.com", "", &["configmaps"], &gone)]).await;
    caller.create(CONFIG_MAPS, &map("a", &json!({}))).await;
    assert!(caller.0.metrics().text().contains(r#"apiserver_admission_webhook_fail_open_count{name="open.example.com","#));
    let gone = json!({"clientConfig": {"url": "https://localhost:1/gone"}, "timeoutSeconds": 7});
    configure(&caller, VALIDATING, "shut", &[hooks.hook("shut.example.com", "", &["configmaps"], &gone)]).await;
    let told = caller.call(Verb::Create, CONFIG_MAPS, &map("b", &json!({}))).await.unwrap_err();
    assert_eq!(told.reason, Reason::InternalError);
    let begins = "Internal error occurred: failed calling webhook \"shut.example.com\": failed to call webhook: \
                  Post \"https://localhost:1/gone?timeout=7s\": ";
    assert!(told.message.starts_with(begins), "{}", told.message);
}

#[tokio::test]
async fn a_webhook_that_hangs_is_given_up_after_its_time() {
    let (caller, hooks) = server().await;
    let quick = json!({"timeoutSeconds": 1});
    configure(&caller, VALIDATING, "v", &[hooks.hook("hang.example.com", "/hang", &["configmaps"], &quick)]).await;
    let told = caller.call(Verb::Create, CONFIG_MAPS, &map("a", &json!({}))).await.unwrap_err();
    let wanted = format!("Post \"https://localhost:{}/hang?timeout=1s\": context deadline exceeded", hooks.port);
    assert!(told.message.ends_with(&wanted), "{}", told.message);
}

#[tokio::test]
async fn no_webhook_stands_in_the_way_of_its_own_repair() {
    let (caller, hooks) = server().await;
    let gone = json!({"clientConfig": {"url": "https://localhost:1/"}});
    let hook = hooks.hook("gone.example.com", "", &["*/*"], &gone);
    configure(&caller, VALIDATING, "v", std::slice::from_ref(&hook)).await;
    configure(&caller, MUTATING, "m", &[hook]).await;
    assert!(caller.call(Verb::Create, CONFIG_MAPS, &map("a", &json!({}))).await.is_err());
    let leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
    caller.create(leases, r#"{"metadata":{"name":"n1"}}"#).await;
    caller.patch(&format!("{VALIDATING}/v"), MERGE, r#"{"webhooks":[]}"#).await.unwrap();
    caller.call(Verb::Delete, &format!("{MUTATING}/m"), "").await.unwrap();
    caller.create(CONFIG_MAPS, &map("a", &json!({}))).await;
}

#[tokio::test]
async fn the_labels_of_the_namespace_select_and_warnings_reach_the_client() {
    let (caller, hooks) = server().await;
    let namespace = |name: &str, on: &str| json!({"metadata": {"name": name, "labels": {"hooks": on}}}).to_string();
    caller.create("/api/v1/namespaces", &namespace("on", "yes")).await;
    caller.create("/api/v1/namespaces", &namespace("off", "no")).await;
    let selected = json!({"namespaceSelector": {"matchLabels": {"hooks": "yes"}}});
    configure(&caller, VALIDATING, "v", &[hooks.hook("warn.example.com", "/warn", &["*"], &selected)]).await;
    for (namespace, warned) in [("on", 1), ("off", 0)] {
        let path = format!("/api/v1/namespaces/{namespace}/configmaps");
        let answer = caller.answer(Verb::Create, &path, &map("a", &json!({}))).await.unwrap();
        assert_eq!(answer.warnings.len(), warned, "{namespace}");
    }
    assert!(caller.answer(Verb::Create, "/api/v1/namespaces", &namespace("new", "yes")).await.unwrap().warnings.len() == 1);
}

#[tokio::test]
async fn warnings_reach_the_client_of_a_refused_request_too() {
    let (caller, hooks) = server().await;
    let hook = |name: &str, path: &str| hooks.hook(name, path, &["configmaps"], &json!({}));
    configure(&caller, VALIDATING, "v", &[hook("warn.example.com", "/warn"), hook("no.example.com", "/advise")]).await;
    let refused = caller.call(Verb::Create, CONFIG_MAPS, &map("a", &json!({}))).await.unwrap_err();
    let mut told = refused.details.warnings;
    told.sort();
    assert_eq!(told, ["careful", "think again"]);
    configure(&caller, MUTATING, "m", &[hook("a.example.com", "/warn"), hook("b.example.com", "/advise")]).await;
    let refused = caller.call(Verb::Create, CONFIG_MAPS, &map("a", &json!({}))).await.unwrap_err();
    assert!(refused.message.contains("b.example.com"), "{refused}");
    assert_eq!(refused.details.warnings, ["careful", "think again"]);
}

#[tokio::test]
async fn a_webhook_behind_a_service_is_called_at_its_endpoint() {
    let (caller, hooks) = server().await;
    let hook = hooks.hook("svc.example.com", "", &["configmaps"], &json!({"clientConfig": hooks.service("tools", "hook")}));
    configure(&caller, VALIDATING, "v", &[hook]).await;
    let told = caller.call(Verb::Create, CONFIG_MAPS, &map("a", &json!({}))).await.unwrap_err();
    assert!(told.message.contains(r#"Post "https://hook.tools.svc:8443/x?timeout=10s": service "hook" not found"#), "{told}");
    let service = json!({"metadata": {"name": "hook"}, "spec": {"ports": [{"name": "tls", "port": 8443}]}});
    caller.create("/api/v1/namespaces/tools/services", &service.to_string()).await;
    // No request could name an address of loopback.
    let slice = json!({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
        "metadata": {"name": "hook-1", "namespace": "tools", "labels": {"kubernetes.io/service-name": "hook"}},
        "ports": [{"name": "tls", "port": hooks.port}], "endpoints": [{"addresses": ["127.0.0.1"], "conditions": {"ready": true}}]});
    caller.put("endpointslices.discovery.k8s.io", &slice).await;
    caller.create(CONFIG_MAPS, &map("a", &json!({}))).await;
    assert_eq!(hooks.seen().len(), 1);
}

#[tokio::test]
async fn subresources_are_asked_about_as_the_objects_they_take() {
    let (caller, hooks) = server().await;
    let deployment = json!({"metadata": {"name": "web"}, "spec": {"selector": {"matchLabels": {"a": "b"}}, "template":
        {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}}});
    let path = "/apis/apps/v1/namespaces/default/deployments";
    caller.create(path, &deployment.to_string()).await;
    caller.create(PODS, &pod("a")).await;
    configure(&caller, MUTATING, "m", &[hooks.hook("scale.example.com", "/scale", &["*/scale"], &json!({}))]).await;
    configure(&caller, VALIDATING, "v", &[hooks.hook("all.example.com", "/ok", &["pods/binding", "pods/eviction"], &json!({}))])
        .await;
    let scaled = caller.patch(&format!("{path}/web/scale"), MERGE, r#"{"spec":{"replicas":9}}"#).await.unwrap();
    assert_eq!(scaled["spec"]["replicas"], 3);
    let binding = json!({"metadata": {"name": "a"}, "target": {"kind": "Node", "name": "n"}});
    caller.create(&format!("{PODS}/a/binding"), &binding.to_string()).await;
    caller.create(&format!("{PODS}/a/eviction"), r#"{"metadata":{"name":"a"}}"#).await;
    let seen = hooks.seen();
    let kinds: Vec<_> = seen.iter().map(|asked| (asked["kind"]["kind"].as_str(), asked["operation"].as_str())).collect();
    assert_eq!(kinds, [(Some("Scale"), Some("UPDATE")), (Some("Binding"), Some("CREATE")), (Some("Eviction"), Some("CREATE"))]);
    assert_eq!((&seen[0]["object"]["spec"]["replicas"], &seen[1]["object"]["target"]["name"]), (&json!(9), &json!("n")));
    assert_eq!((&seen[2]["object"]["kind"], &seen[2]["oldObject"]), (&json!("Eviction"), &Value::Null));
}

#[tokio::test]
async fn a_rule_for_another_version_sees_custom_and_built_in_objects_in_that() {
    let cluster = Establishing::new();
    let caller = &cluster.caller;
    let hooks = HookServer::start(&["localhost"], answer).await;
    let mut definition = crontabs(spec_schema());
    let mut second = definition["spec"]["versions"][0].clone();
    (second["name"], second["storage"]) = (json!("v2"), json!(false));
    definition["spec"]["versions"].as_array_mut().unwrap().push(second);
    cluster.define(&definition).await;
    let rules = json!({"rules": [
        {"apiGroups": ["stable.example.com"], "apiVersions": ["v2"], "operations": ["CREATE"], "resources": ["crontabs"]},
        {"apiGroups": ["autoscaling"], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["*"]}]});
    configure(caller, VALIDATING, "v", &[hooks.hook("v2.example.com", "/ok", &[], &rules)]).await;
    caller.create(TABS, &tab("a", json!({"replicas": 1}))).await;
    let scaler = json!({"metadata": {"name": "h"}, "spec": {"maxReplicas": 3,
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}}});
    caller.create("/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers", &scaler.to_string()).await;
    let seen = hooks.seen();
    assert_eq!(seen[0]["object"]["apiVersion"], "stable.example.com/v2");
    assert_eq!((&seen[0]["kind"]["version"], &seen[0]["requestKind"]["version"]), (&json!("v2"), &json!("v1")));
    assert_eq!(seen[1]["object"]["apiVersion"], "autoscaling/v1");
}

#[tokio::test]
async fn who_is_asked_first_sees_and_says_nothing_of_what_the_system_sets() {
    let (caller, hooks) = server().await;
    let at = |label: &str| json!({"objectSelector": {"matchLabels": {"hook": label}}});
    let open = json!({"objectSelector": {"matchLabels": {"hook": "open"}}, "failurePolicy": "Ignore"});
    let all = [
        hooks.hook("uid.example.com", "/uid", &["configmaps"], &at("uid")),
        hooks.hook("move.example.com", "/move", &["configmaps"], &at("move")),
        hooks.hook("nothing.example.com", "/nothing", &["configmaps"], &at("nothing")),
        hooks.hook("unread.example.com", "/unread", &["configmaps"], &at("unread")),
        hooks.hook("open.example.com", "/unread", &["configmaps"], &open),
    ];
    configure(&caller, MUTATING, "m", &all).await;
    let made = caller.create(CONFIG_MAPS, &map("a", &json!({"hook": "uid"}))).await;
    assert_ne!(made["metadata"]["uid"], "mine");
    let seen = &hooks.seen()[0]["object"]["metadata"];
    assert_eq!((seen.get("uid"), seen.get("creationTimestamp")), (None, None));
    let told = caller.call(Verb::Create, CONFIG_MAPS, &map("b", &json!({"hook": "move"}))).await.unwrap_err();
    assert_eq!(told.message, "the namespace of the provided object does not match the namespace sent on the request");
    let told = caller.call(Verb::Create, CONFIG_MAPS, &map("b", &json!({"hook": "nothing"}))).await.unwrap_err();
    assert_eq!(told.message, "Internal error occurred: Object 'Kind' is missing in '{}'");
    let told = caller.call(Verb::Create, CONFIG_MAPS, &map("b", &json!({"hook": "unread"}))).await.unwrap_err();
    let why = "failed calling webhook \"unread.example.com\": received undecodable patch in webhook response: invalid character 'h' \
               looking for beginning of value";
    assert!(told.message.ends_with(why), "{told}");
    caller.create(CONFIG_MAPS, &map("b", &json!({"hook": "open"}))).await;
}
