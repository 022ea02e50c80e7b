//! The audit log.

use std::path::PathBuf;
use std::sync::Arc;

use http::{Method, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use kontiki_api::request::Verb;
use kontiki_apiserver::Server;
use kontiki_apiserver::audit::{Audit, AuditOptions};
use kontiki_apiserver::authenticate::system_clock;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::harness::{CONFIG_MAPS, Caller, PODS, config, guard, pod};
use crate::hook_server::HookServer;
use crate::hooks::{MUTATING, VALIDATING, answer, configure, map};
use crate::listening::Listening;

/// A server whose audit can be read.
struct Audited {
    caller: Caller,
    audit: Arc<Audit>,
    log: PathBuf,
    _folder: TempDir,
}

impl Audited {
    async fn new(rules: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (policy, log) = (folder.path().join("policy.yaml"), folder.path().join("log/audit.log"));
        let text = format!("{{apiVersion: audit.k8s.io/v1, kind: Policy, omitManagedFields: true, rules: [{rules}]}}");
        std::fs::write(&policy, text).unwrap();
        let audit = Audit::open(&AuditOptions::new(&policy, &log), system_clock()).unwrap();
        let mut config = config();
        guard(&mut config).await;
        config.audit = Some(audit.clone());
        Self { caller: Caller(Server::new(config)), audit, log, _folder: folder }
    }

    /// Every event so far.
    async fn events(&self) -> Vec<Value> {
        self.audit.flush().await;
        let text = std::fs::read_to_string(&self.log).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The last event.
    async fn last(&self) -> Value {
        self.events().await.pop().unwrap()
    }
}

#[tokio::test]
async fn a_request_leaves_who_asked_what_and_how_it_ended() {
    let audited = Audited::new("{level: Metadata}").await;
    let caller = &audited.caller;
    caller.create(CONFIG_MAPS, r#"{"metadata":{"generateName":"a-"},"data":{"k":"v"}}"#).await;
    let events = audited.events().await;
    assert_eq!([&events[0]["stage"], &events[1]["stage"]], ["RequestReceived", "ResponseComplete"]);
    assert_eq!(events[0]["auditID"], events[1]["auditID"]);
    let event = &events[1];
    assert_eq!(
        (&event["kind"], &event["apiVersion"], &event["level"]),
        (&json!("Event"), &json!("audit.k8s.io/v1"), &json!("Metadata"))
    );
    assert_eq!(
        (&event["verb"], &event["requestURI"], &event["userAgent"]),
        (&json!("create"), &json!(CONFIG_MAPS), &json!("test/1"))
    );
    assert_eq!((&event["user"]["username"], &event["responseStatus"]["code"]), (&json!("tester"), &json!(201)));
    assert_eq!((&event["objectRef"]["resource"], &event["objectRef"]["namespace"]), (&json!("configmaps"), &json!("default")));
    assert!(event["objectRef"]["name"].as_str().unwrap().starts_with("a-"), "{event}");
    assert_eq!(event["annotations"]["authorization.k8s.io/decision"], "allow");
    assert_eq!((event.get("requestObject"), event.get("responseObject")), (None, None));
    assert!(caller.get(&format!("{CONFIG_MAPS}/none")).await.is_err());
    let status = audited.last().await["responseStatus"].clone();
    assert_eq!((&status["status"], &status["reason"], &status["code"]), (&json!("Failure"), &json!("NotFound"), &json!(404)));
    assert_eq!(status["details"], json!({"name": "none", "kind": "configmaps"}));
    let figures = caller.0.metrics().text();
    assert!(figures.contains("apiserver_audit_event_total 4"), "{figures}");
    assert!(figures.contains(r#"apiserver_audit_level_total{level="Metadata"} 2"#), "{figures}");
}

#[tokio::test]
async fn bodies_are_written_as_far_as_the_level_says_and_values_of_secrets_never() {
    let rules = r#"{level: Request, resources: [{group: "", resources: [configmaps]}]}, {level: RequestResponse, resources: [{group: ""}]}"#;
    let audited = Audited::new(rules).await;
    let caller = &audited.caller;
    caller.create(CONFIG_MAPS, &map("a", &json!({}))).await;
    let event = audited.last().await;
    assert_eq!((&event["requestObject"]["data"]["k"], event.get("responseObject")), (&json!("v"), None));
    let secrets = "/api/v1/namespaces/default/secrets";
    caller.create(secrets, r#"{"metadata":{"name":"s"},"stringData":{"password":"hunter2"}}"#).await;
    caller
        .patch(
            &format!("{secrets}/s"),
            "application/json-patch+json",
            r#"[{"op":"add","path":"/data/x","value":"aHVudGVyMg=="}]"#,
        )
        .await
        .unwrap();
    caller.call(Verb::List, secrets, "").await.unwrap();
    caller.create("/api/v1/namespaces/default/secrets", r#"{"metadata":{"name":"t"},"data":{"password":"aHVudGVyMg=="}}"#).await;
    audited.audit.flush().await;
    let text = std::fs::read_to_string(&audited.log).unwrap();
    assert!(!text.contains("hunter2") && !text.contains("aHVudGVyMg=="), "{text}");
    let event = audited.last().await;
    assert_eq!(
        (&event["requestObject"]["data"]["password"], &event["responseObject"]["metadata"]["name"]),
        (&json!("<redacted>"), &json!("t"))
    );
    assert_eq!(event["responseObject"]["metadata"].get("managedFields"), None);
    let patched = audited.events().await.into_iter().rfind(|event| event["verb"] == "patch").unwrap();
    assert_eq!(patched["requestObject"][0], json!({"op": "add", "path": "/data/x", "value": "<redacted>"}));
    let unsaid = caller.get(&format!("{secrets}/none")).await.unwrap_err();
    assert_eq!(audited.last().await["responseObject"], unsaid.to_value());
    let deleted = caller.call(Verb::Delete, &format!("{secrets}/t"), "").await.unwrap();
    let event = audited.last().await;
    let status = json!({"metadata": {}, "status": "Success", "details": deleted["details"], "code": 200});
    assert_eq!((&event["responseStatus"], &event["responseObject"]), (&status, &deleted));
}

#[tokio::test]
async fn admission_tells_the_audit_what_it_did() {
    let audited = Audited::new("{level: Request}").await;
    let caller = &audited.caller;
    let hooks = HookServer::start(&["localhost"], answer).await;
    configure(caller, MUTATING, "m", &[hooks.hook("one.example.com", "/one", &["configmaps"], &json!({}))]).await;
    let gone = json!({"clientConfig": {"url": "https://localhost:1/"}, "failurePolicy": "Ignore"});
    let all = [
        hooks.hook("note.example.com", "/note", &["configmaps"], &json!({})),
        hooks.hook("gone.example.com", "", &["configmaps"], &gone),
    ];
    configure(caller, VALIDATING, "v", &all).await;
    let api = "/apis/admissionregistration.k8s.io/v1";
    let rules = json!([{"apiGroups": [""], "apiVersions": ["*"], "operations": ["CREATE"], "resources": ["configmaps"]}]);
    let spec = json!({"matchConstraints": {"resourceRules": rules}, "validations": [{"expression": "true"}, {"expression": "false"}],
        "auditAnnotations": [{"key": "size", "valueExpression": "string(size(object.data))"}]});
    caller
        .create(&format!("{api}/validatingadmissionpolicies"), &json!({"metadata": {"name": "p"}, "spec": spec}).to_string())
        .await;
    let spec = json!({"policyName": "p", "validationActions": ["Audit"]});
    let bindings = format!("{api}/validatingadmissionpolicybindings");
    caller.create(&bindings, &json!({"metadata": {"name": "b"}, "spec": spec}).to_string()).await;
    caller.create(CONFIG_MAPS, &map("a", &json!({}))).await;
    let notes = audited.last().await["annotations"].clone();
    let read = |key: &str| -> Value { serde_json::from_str(notes[key].as_str().unwrap_or_default()).unwrap_or_default() };
    let mutation = read("mutation.webhook.admission.k8s.io/round_0_index_0");
    assert_eq!(mutation, json!({"configuration": "m", "webhook": "one.example.com", "mutated": true}));
    assert_eq!(read("patch.webhook.admission.k8s.io/round_0_index_0")["patch"][0]["path"], "/data/one");
    assert_eq!(notes["note.example.com/seen"], "yes");
    assert_eq!(notes["failed-open.validating.webhook.admission.k8s.io/round_0_index_1"], "gone.example.com");
    assert_eq!(notes["p/size"], "2");
    let failure = read("validation.policy.admission.k8s.io/validation_failure");
    assert_eq!(
        (&failure[0]["policy"], &failure[0]["binding"], &failure[0]["expressionIndex"]),
        (&json!("p"), &json!("b"), &json!(1))
    );
    let labels = json!({"pod-security.kubernetes.io/audit": "baseline"});
    caller.create("/api/v1/namespaces", &json!({"metadata": {"name": "audited", "labels": labels}}).to_string()).await;
    let account = "/api/v1/namespaces/audited/serviceaccounts";
    caller.create(account, r#"{"metadata":{"name":"default"}}"#).await;
    let host = pod("h").replace("\"spec\":{", "\"spec\":{\"hostNetwork\":true,");
    caller.create("/api/v1/namespaces/audited/pods", &host).await;
    let notes = audited.last().await["annotations"].clone();
    assert_eq!(notes["pod-security.kubernetes.io/enforce-policy"], "privileged:latest");
    let violated = notes["pod-security.kubernetes.io/audit-violations"].as_str().unwrap();
    assert!(violated.starts_with("would violate PodSecurity \"baseline:latest\": host namespaces"), "{violated}");
    caller.create(PODS, &pod("p")).await;
}

pub async fn send(listening: &Listening, method: Method, path: &str, headers: &[(&str, &str)]) -> Response<Incoming> {
    let mut request = Request::builder().method(method).uri(format!("http://{}{path}", listening.address));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let client = Client::builder(TokioExecutor::new()).build_http();
    client.request(request.body(Full::new(bytes::Bytes::new())).unwrap()).await.unwrap()
}

#[tokio::test]
async fn http_echoes_the_id_and_tells_source_and_impersonated_user() {
    let audited = Audited::new("{level: None, nonResourceURLs: ['/version']}, {level: Metadata}").await;
    let listening = Listening::plain(audited.caller.0.clone()).await;
    let headers = [("audit-id", "my-own"), ("impersonate-user", "carol"), ("x-forwarded-for", "192.0.2.7")];
    let response = send(&listening, Method::GET, "/api/v1/namespaces?limit=1", &headers).await;
    assert_eq!(response.headers()["audit-id"], "my-own");
    let event = audited.last().await;
    assert_eq!((&event["auditID"], &event["verb"]), (&json!("my-own"), &json!("list")));
    assert_eq!(event["sourceIPs"], json!(["192.0.2.7", "127.0.0.1"]));
    assert_eq!(event["user"]["username"], "system:unsecured");
    assert_eq!(event["impersonatedUser"]["username"], "carol");
    assert_eq!(event["requestURI"], "/api/v1/namespaces?limit=1");
    send(&listening, Method::GET, "/healthz", &[]).await;
    let healthy = audited.last().await;
    assert_eq!((&healthy["requestURI"], &healthy["verb"], healthy.get("objectRef")), (&json!("/healthz"), &json!("get"), None));
    let before = audited.events().await.len();
    let response = send(&listening, Method::GET, "/version", &[]).await;
    assert!(response.headers().contains_key("audit-id"));
    assert_eq!(audited.events().await.len(), before);
}

#[tokio::test]
async fn a_watch_is_told_when_it_begins_and_when_it_ends() {
    let audited = Audited::new("{level: Metadata, verbs: [watch], omitStages: [RequestReceived]}").await;
    let listening = Listening::plain(audited.caller.0.clone()).await;
    let mut response = send(&listening, Method::GET, "/api/v1/configmaps?watch=true&timeoutSeconds=60", &[]).await;
    let events = audited.events().await;
    assert_eq!((events.len(), &events[0]["stage"]), (1, &json!("ResponseStarted")));
    audited.caller.create(CONFIG_MAPS, &map("a", &json!({}))).await;
    response.frame().await.unwrap().unwrap();
    drop(response);
    let ended = async {
        while audited.events().await.len() < 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), ended).await.unwrap();
    assert_eq!(audited.last().await["stage"], "ResponseComplete");
}

#[tokio::test]
async fn a_watch_that_is_refused_begins_and_ends() {
    let audited = Audited::new("{level: Metadata, verbs: [watch], omitStages: [RequestReceived]}").await;
    let listening = Listening::plain(audited.caller.0.clone()).await;
    let response = send(&listening, Method::GET, "/api/v1/namespaces/closed/secrets?watch=true", &[]).await;
    assert_eq!(response.status(), 403);
    let events = audited.events().await;
    let told: Vec<_> = events.iter().map(|event| (&event["stage"], &event["responseStatus"]["code"])).collect();
    assert_eq!(told, [(&json!("ResponseStarted"), &json!(403)), (&json!("ResponseComplete"), &json!(403))]);
}

#[tokio::test]
async fn what_is_forbidden_is_told_with_the_decision() {
    let audited = Audited::new("{level: Metadata}").await;
    let closed = "/api/v1/namespaces/closed/secrets/s";
    assert!(audited.caller.call(Verb::Get, closed, "").await.is_err());
    let event = audited.last().await;
    assert_eq!(
        (&event["annotations"]["authorization.k8s.io/decision"], &event["responseStatus"]["code"]),
        (&json!("forbid"), &json!(403))
    );
}

/// One after the other: mutating policies, mutating webhooks, validation, validating policies, validating webhooks, quotas.
#[tokio::test]
async fn a_write_goes_through_admission_in_upstreams_order() {
    let audited = Audited::new("{level: Metadata}").await;
    let caller = &audited.caller;
    let hooks = HookServer::start(&["localhost"], in_order).await;
    configure(caller, MUTATING, "m", &[hooks.hook("m.example.com", "/mutate", &["configmaps"], &json!({}))]).await;
    configure(caller, VALIDATING, "v", &[hooks.hook("v.example.com", "/validate", &["configmaps"], &json!({}))]).await;
    let api = "/apis/admissionregistration.k8s.io/v1";
    let rules = json!({"resourceRules": [{"apiGroups": [""], "apiVersions": ["*"], "operations": ["CREATE"], "resources": ["configmaps"]}]});
    let mutation =
        json!({"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": "Object{data: {'policy': 'p'}}"}});
    let mutating = json!({"matchConstraints": rules, "reinvocationPolicy": "Never", "mutations": [mutation]});
    let validating = json!({"matchConstraints": rules, "validations": [{"expression": "object.metadata.name != 'policy'"}],
        "auditAnnotations": [{"key": "seen", "valueExpression": "string(object.data.webhook)"}]});
    let quota = json!({"hard": {"count/configmaps": "1"}});
    for (path, name, spec) in [
        (format!("{api}/mutatingadmissionpolicies"), "p", mutating),
        (format!("{api}/mutatingadmissionpolicybindings"), "p", json!({"policyName": "p"})),
        (format!("{api}/validatingadmissionpolicies"), "p", validating),
        (format!("{api}/validatingadmissionpolicybindings"), "p", json!({"policyName": "p", "validationActions": ["Deny"]})),
        ("/api/v1/namespaces/default/resourcequotas".into(), "q", quota),
    ] {
        caller.create(&path, &json!({"metadata": {"name": name}, "spec": spec}).to_string()).await;
    }
    // Who is called until somebody refuses, and who that is.
    for (name, called, why) in [
        ("taken", 2, ""),
        ("invalid", 1, "a valid config key must consist of"),
        ("policy", 1, "ValidatingAdmissionPolicy 'p' with binding 'p' denied request"),
        ("webhook", 2, "admission webhook \"v.example.com\" denied the request"),
        ("quota", 2, "exceeded quota: q"),
    ] {
        let before = hooks.seen().len();
        let made = caller.call(Verb::Create, CONFIG_MAPS, &map(name, &json!({}))).await;
        let (data, told) = match &made {
            Ok(made) => (made["data"].clone(), String::new()),
            Err(status) => (Value::Null, status.message.clone()),
        };
        assert!(told.contains(why) && told.is_empty() == why.is_empty(), "{name}: {told}");
        assert_eq!(hooks.seen().len() - before, called, "{name}: {told}");
        if made.is_ok() {
            assert_eq!(data, json!({"k": "v", "policy": "p", "webhook": "behind p"}));
        }
        let notes = audited.last().await["annotations"].clone();
        let wanted = if name == "invalid" { Value::Null } else { "behind p".into() };
        assert_eq!(notes["p/seen"], wanted, "{name}");
    }
}

/// The webhooks of the order.
fn in_order(path: &str, asked: &Value) -> Option<Value> {
    let (data, name) = (&asked["object"]["data"], asked["object"]["metadata"]["name"].as_str().unwrap_or_default());
    let key = if name == "invalid" { "no key" } else { "webhook" };
    Some(match path {
        "/mutate" => {
            let value = format!("behind {}", data["policy"].as_str().unwrap_or("nothing"));
            crate::hook_server::patch(&json!([{"op": "add", "path": format!("/data/{key}"), "value": value}]))
        }
        _ => json!({"allowed": name != "webhook", "status": {"message": "no"}}),
    })
}
