//! `matchConditions` of webhooks, what webhooks make of bodies that are not stored, and who is asked before whom.

use kontiki_api::request::Verb;
use kontiki_api::status::Reason;
use serde_json::{Value, json};

use crate::harness::{CONFIG_MAPS, Caller, MERGE, PODS, guarded, pod};
use crate::hook_server::HookServer;
use crate::hooks::{MUTATING, VALIDATING, answer, configure, map};

const POLICIES: &str = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies";
const BINDINGS: &str = "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings";

async fn server() -> (Caller, HookServer) {
    (Caller(guarded().await), HookServer::start(&["localhost"], answer).await)
}

fn conditions(expressions: &[&str], more: Value) -> Value {
    let named = expressions.iter().enumerate().map(|(at, text)| json!({"name": format!("c{at}"), "expression": text}));
    let mut fields = more;
    fields["matchConditions"] = named.collect();
    fields
}

#[tokio::test]
async fn a_webhook_is_called_only_where_all_its_conditions_hold() {
    let (caller, hooks) = server().await;
    let when = conditions(
        &[
            "object.metadata.name.startsWith('b')",
            "request.userInfo.username == 'tester' && request.operation == 'CREATE' && oldObject == null",
            "authorizer.requestResource.check('create').allowed()",
        ],
        json!({}),
    );
    configure(&caller, VALIDATING, "v", &[hooks.hook("deny.example.com", "/deny", &["configmaps"], &when)]).await;
    caller.create(CONFIG_MAPS, &map("a", &json!({}))).await;
    let told = caller.call(Verb::Create, CONFIG_MAPS, &map("b", &json!({}))).await.unwrap_err();
    assert!(told.message.contains("denied the request"), "{told}");
    caller.patch(&format!("{CONFIG_MAPS}/a"), MERGE, r#"{"data":{"k":"w"}}"#).await.unwrap();
    assert_eq!(hooks.seen().len(), 1);
    let figures = caller.0.metrics().text();
    let excluded =
        r#"apiserver_admission_match_condition_exclusions_total{name="deny.example.com",kind="webhook",type="validating""#;
    assert!(figures.contains(excluded), "{figures}");
}

#[tokio::test]
async fn a_condition_without_a_value_refuses_or_passes_as_the_failure_policy_says() {
    let (caller, hooks) = server().await;
    let broken = conditions(&["object.nothing == 1", "'a' in object.metadata.labels"], json!({}));
    configure(&caller, VALIDATING, "v", &[hooks.hook("v.example.com", "/ok", &["configmaps"], &broken)]).await;
    let told = caller.call(Verb::Create, CONFIG_MAPS, &map("a", &json!({"a": "b"}))).await.unwrap_err();
    assert_eq!(told.reason, Reason::Forbidden);
    assert!(told.message.contains("expression 'object.nothing == 1' resulted in error: no such key: nothing"), "{told}");
    caller.create(CONFIG_MAPS, &map("b", &json!({"c": "d"}))).await;
    let open = conditions(&["object.nothing == 1"], json!({"failurePolicy": "Ignore"}));
    caller.call(Verb::Delete, &format!("{VALIDATING}/v"), "").await.unwrap();
    configure(&caller, MUTATING, "m", &[hooks.hook("m.example.com", "/one", &["configmaps"], &open)]).await;
    let made = caller.create(CONFIG_MAPS, &map("c", &json!({}))).await;
    assert_eq!((&made["data"], hooks.seen().len()), (&json!({"k": "v"}), 0));
}

#[tokio::test]
async fn conditions_that_do_not_compile_are_refused_with_their_configuration() {
    let (caller, hooks) = server().await;
    let wrong = conditions(&["true", "object.metadata.name", "params.x == 1"], json!({}));
    let body = json!({"metadata": {"name": "v"}, "webhooks": [hooks.hook("v.example.com", "/ok", &["configmaps"], &wrong)]});
    let told = caller.call(Verb::Create, VALIDATING, &body.to_string()).await.unwrap_err();
    assert_eq!(told.reason, Reason::Invalid);
    let fields: Vec<&str> = told.details.causes.iter().map(|cause| cause.field.as_str()).collect();
    assert_eq!(fields, ["webhooks[0].matchConditions[1].expression", "webhooks[0].matchConditions[2].expression"], "{told}");
    assert!(told.message.contains(r#"Invalid value: "object.metadata.name": must evaluate to bool but got dyn"#), "{told}");
    assert!(told.message.contains(r#"Invalid value: "params.x == 1": compilation failed: "#), "{told}");
}

#[tokio::test]
async fn bindings_and_evictions_are_done_as_webhooks_leave_them() {
    let (caller, hooks) = server().await;
    for name in ["a", "b"] {
        caller.create(PODS, &pod(name)).await;
    }
    let (node, grace) = (json!({}), json!({}));
    configure(&caller, MUTATING, "node", &[hooks.hook("node.example.com", "/node", &["pods/binding"], &node)]).await;
    configure(&caller, MUTATING, "grace", &[hooks.hook("grace.example.com", "/grace", &["pods/eviction"], &grace)]).await;
    let binding = json!({"metadata": {"name": "a"}, "target": {"kind": "Node", "name": "n"}});
    caller.create(&format!("{PODS}/a/binding"), &binding.to_string()).await;
    assert_eq!(caller.get(&format!("{PODS}/a")).await.unwrap()["spec"]["nodeName"], "elsewhere");
    caller.create(&format!("{PODS}/a/eviction"), r#"{"metadata":{"name":"a"}}"#).await;
    assert_eq!(caller.get(&format!("{PODS}/a")).await.unwrap()["metadata"]["deletionGracePeriodSeconds"], 7);
    assert_eq!(hooks.seen().len(), 2, "the pods themselves are not asked about");
}

/// A policy that refuses what is created in `resources` where `expression` is false.
async fn policy(caller: &Caller, name: &str, resources: &str, expression: &str) {
    let rules = json!([{"apiGroups": [""], "apiVersions": ["*"], "operations": ["CREATE"], "resources": [resources]}]);
    let spec = json!({"matchConstraints": {"resourceRules": rules}, "validations": [{"expression": expression}]});
    caller.create(POLICIES, &json!({"metadata": {"name": name}, "spec": spec}).to_string()).await;
    let spec = json!({"policyName": name, "validationActions": ["Deny"]});
    caller.create(BINDINGS, &json!({"metadata": {"name": name}, "spec": spec}).to_string()).await;
}

#[tokio::test]
async fn policies_judge_bindings_and_evictions_as_what_they_are() {
    let (caller, _hooks) = server().await;
    policy(&caller, "b", "pods/binding", "object.target.name != 'bad'").await;
    policy(&caller, "e", "pods/eviction", "object.kind != 'Eviction'").await;
    caller.create(PODS, &pod("a")).await;
    let path = format!("{PODS}/a/binding");
    let bind = |node: &str| json!({"metadata": {"name": "a"}, "target": {"kind": "Node", "name": node}}).to_string();
    assert!(caller.call(Verb::Create, &path, &bind("bad")).await.unwrap_err().message.contains("ValidatingAdmissionPolicy 'b'"));
    caller.create(&path, &bind("good")).await;
    let told = caller.call(Verb::Create, &format!("{PODS}/a/eviction"), r#"{"metadata":{"name":"a"}}"#).await.unwrap_err();
    assert!(told.message.contains("ValidatingAdmissionPolicy 'e'"), "{told}");
}

#[tokio::test]
async fn plug_ins_come_before_mutating_webhooks_then_policies_then_webhooks_then_quotas() {
    let (caller, hooks) = server().await;
    let quota = json!({"metadata": {"name": "q"}, "spec": {"hard": {"configmaps": "0"}}});
    caller.create("/api/v1/namespaces/default/resourcequotas", &quota.to_string()).await;
    let refuse = |name: &str| hooks.hook(name, "/deny", &["configmaps"], &json!({}));
    configure(&caller, VALIDATING, "v", &[refuse("validating.example.com")]).await;
    configure(&caller, MUTATING, "m", &[refuse("mutating.example.com")]).await;
    policy(&caller, "p", "configmaps", "false").await;
    let steps = [
        ("mutating.example.com", format!("{MUTATING}/m")),
        ("ValidatingAdmissionPolicy 'p'", format!("{BINDINGS}/p")),
        ("validating.example.com", format!("{VALIDATING}/v")),
        ("exceeded quota", "/api/v1/namespaces/default/resourcequotas/q".to_owned()),
    ];
    for (who, path) in &steps {
        let told = caller.call(Verb::Create, CONFIG_MAPS, &map("a", &json!({}))).await.unwrap_err();
        assert!(told.message.contains(who), "{who}: {told}");
        caller.call(Verb::Delete, path, "").await.unwrap();
    }
    caller.create(CONFIG_MAPS, &map("a", &json!({}))).await;
}
