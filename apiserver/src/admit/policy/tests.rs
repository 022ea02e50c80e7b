use std::sync::Arc;

use kontiki_api::kind::Kinds;
use kontiki_api::request::{Request, Target, User, Verb};
use kontiki_api::status::{Reason, Status};
use kontiki_store::Store;
use serde_json::{Value, json};

use super::{MutatingPolicies, ValidatingPolicies};
use crate::admit::hooks::Subject;
use crate::admit::{Admission, Operation, Plugin};
use crate::authenticate::Authenticate;
use crate::authorize::{Attributes, Authorize, Decision};
use crate::fixture::{NOW, asked, cluster, put};
use crate::server::{Server, ServerConfig};
use crate::write::Context;

/// Allows everything to alice.
struct Alice;

#[async_trait::async_trait]
impl Authenticate for Alice {
    async fn authenticate(
        &self,
        _headers: &http::HeaderMap,
        _peer: &[rustls_pki_types::CertificateDer<'static>],
    ) -> Result<User, Status> {
        Err(Status::internal("nobody is asked"))
    }
}

impl Authorize for Alice {
    fn authorize(&self, attributes: &Attributes) -> Decision {
        if &*attributes.user.name == "alice" { Decision::Allow } else { Decision::NoOpinion("not alice".into()) }
    }
}

const API: &str = "admissionregistration.k8s.io/v1";

struct Outcome {
    object: Value,
    warnings: Vec<String>,
    result: Result<(), Status>,
}

async fn store() -> Arc<dyn Store> {
    let store: Arc<dyn Store> = cluster().await;
    put(&*store, json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": {"env": "prod"}}})).await;
    store
}

/// A policy about ConfigMaps.
async fn policy(store: &dyn Store, spec: Value) {
    let mut spec = spec;
    if spec.get("matchConstraints").is_none() {
        let rule = json!({"operations": ["*"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"]});
        spec["matchConstraints"] = json!({"resourceRules": [rule]});
    }
    let kind = if spec.get("mutations").is_some() { "MutatingAdmissionPolicy" } else { "ValidatingAdmissionPolicy" };
    put(store, json!({"apiVersion": API, "kind": kind, "metadata": {"name": "p"}, "spec": spec})).await;
}

async fn bind(store: &dyn Store, kind: &str, spec: Value) {
    let mut spec = spec;
    spec["policyName"] = json!("p");
    put(store, json!({"apiVersion": API, "kind": kind, "metadata": {"name": "b"}, "spec": spec})).await;
}

async fn deny(store: &dyn Store) {
    deny_by(store, "ValidatingAdmissionPolicyBinding").await;
}

async fn deny_by(store: &dyn Store, kind: &str) {
    bind(store, kind, json!({"validationActions": ["Deny"]})).await;
}

async fn admit(store: &Arc<dyn Store>, user: &str, object: Value) -> Outcome {
    let server = Server::new(ServerConfig::new(Kinds::builtin(), store.clone(), Arc::new(Alice), Arc::new(Alice)));
    let kinds = server.kinds.builtin();
    let kind = kinds.by_kind(object["apiVersion"].as_str().unwrap(), object["kind"].as_str().unwrap()).unwrap();
    let text = |name: &str| object["metadata"][name].as_str().unwrap_or_default().into();
    let target = Target {
        group: kind.group.clone(),
        version: kind.version.clone(),
        plural: kind.plural.clone(),
        namespace: text("namespace"),
        name: text("name"),
        ..Target::default()
    };
    let user = User { name: user.into(), ..User::default() };
    let request = Request { target, user, ..asked(Verb::Create, "") };
    let ctx = Context::new(&server, kind, &request).unwrap();
    let subject = Subject::of(&ctx, Operation::Create);
    let mut object = object;
    let (target, user) = (&request.target, &request.user);
    let mut admission = Admission::new(Operation::Create, kind, target, user, &**store, &mut object, NOW);
    admission.subject = Some(&subject);
    let result = judge(&mut admission).await;
    let warnings = admission.warnings;
    Outcome { object, warnings, result }
}

async fn judge(admission: &mut Admission<'_>) -> Result<(), Status> {
    let authorizer: Arc<dyn Authorize> = Arc::new(Alice);
    let (mutating, validating) = (MutatingPolicies::new(authorizer.clone()), ValidatingPolicies::new(authorizer));
    if let Some(waiting) = mutating.mutate_waiting(admission) {
        waiting.await?;
    }
    validating.validate(admission)?;
    match validating.validate_waiting(admission) {
        Some(waiting) => waiting.await,
        None => Ok(()),
    }
}

fn config_map(data: Value) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c", "namespace": "shop", "labels": {"a": "b"}}, "data": data})
}

async fn refusal(store: &Arc<dyn Store>, data: Value) -> Option<(Reason, String)> {
    let outcome = admit(store, "bob", config_map(data)).await;
    outcome.result.err().map(|status| (status.reason, status.message))
}

#[tokio::test]
async fn a_bound_policy_refuses_in_upstreams_words() {
    let store = store().await;
    policy(&*store, json!({"validations": [{"expression": "size(object.data) < 2"}]})).await;
    let two = json!({"a": "1", "b": "2"});
    assert_eq!(refusal(&store, two.clone()).await, None, "nothing binds it yet");
    deny(&*store).await;
    let text = "configmaps \"c\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: failed expression: size(object.data) < 2";
    assert_eq!(refusal(&store, two).await, Some((Reason::Invalid, text.into())));
    assert_eq!(refusal(&store, json!({"a": "1"})).await, None);
}

#[tokio::test]
async fn messages_are_computed_and_reasons_kept() {
    let store = store().await;
    let validation = json!({"expression": "variables.n < 2", "message": "too many", "reason": "Forbidden",
        "messageExpression": "'%d keys in %s'.format([variables.n, namespaceObject.metadata.labels.env])"});
    policy(&*store, json!({"variables": [{"name": "n", "expression": "size(object.data)"}], "validations": [validation]})).await;
    deny(&*store).await;
    let (reason, message) = refusal(&store, json!({"a": "1", "b": "2"})).await.unwrap();
    assert_eq!(reason, Reason::Forbidden);
    assert!(message.ends_with("denied request: 2 keys in prod"), "{message}");
}

/// A list in a list in a list and so on ends before a thread's stack does, in policies that were stored before there was a bound too.
#[tokio::test]
async fn a_policy_has_no_more_variables_than_are_checked() {
    let store = store().await;
    let nested = |at: usize| json!({"name": format!("v{at}"), "expression": if at == 0 { "[1]".into() } else { format!("[variables.v{}]", at - 1) }});
    let variables: Vec<Value> = (0..20_000).map(nested).collect();
    let validations = json!([{"expression": "size(variables.v255) == 2"}, {"expression": "size(variables.v256) == 1"}]);
    policy(&*store, json!({"variables": variables, "validations": validations})).await;
    deny(&*store).await;
    let (_, message) = refusal(&store, json!({"a": "1"})).await.unwrap();
    assert!(message.contains("size(variables.v255) == 2"), "{message}");
}

#[tokio::test]
async fn conditions_selectors_and_exclusions_narrow_it() {
    let store = store().await;
    let never = json!([{"expression": "false"}]);
    let rule = json!({"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["*"], "resources": ["*"]});
    deny(&*store).await;
    for (spec, refused) in [
        (json!({}), true),
        (json!({"matchConditions": [{"name": "x", "expression": "request.userInfo.username != 'bob'"}]}), false),
        (json!({"matchConditions": [{"name": "x", "expression": "object.metadata.name == 'c'"}]}), true),
        (json!({"matchConstraints": {"resourceRules": [rule], "namespaceSelector": {"matchLabels": {"env": "test"}}}}), false),
        (json!({"matchConstraints": {"resourceRules": [rule], "namespaceSelector": {"matchLabels": {"env": "prod"}}}}), true),
        (json!({"matchConstraints": {"resourceRules": [rule], "objectSelector": {"matchLabels": {"a": "x"}}}}), false),
        (json!({"matchConstraints": {"resourceRules": [rule], "excludeResourceRules": [rule]}}), false),
    ] {
        let mut spec = spec;
        spec["validations"] = never.clone();
        policy(&*store, spec.clone()).await;
        assert_eq!(refusal(&store, json!({})).await.is_some(), refused, "{spec}");
    }
}

#[tokio::test]
async fn parameters_are_found_by_name_and_by_selector() {
    let store = store().await;
    let param = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "limits", "namespace": "shop", "labels": {"limits": "yes"}},
        "data": {"max": "1"}});
    policy(
        &*store,
        json!({"paramKind": {"apiVersion": "v1", "kind": "ConfigMap"},
        "validations": [{"expression": "size(object.data) <= int(params.data.max)"}]}),
    )
    .await;
    let two = json!({"a": "1", "b": "2"});
    for reference in [json!({"name": "limits"}), json!({"selector": {"matchLabels": {"limits": "yes"}}})] {
        let spec = |action: &str| {
            let mut reference = reference.clone();
            reference["parameterNotFoundAction"] = json!(action);
            json!({"validationActions": ["Deny"], "paramRef": reference})
        };
        bind(&*store, "ValidatingAdmissionPolicyBinding", spec("Allow")).await;
        assert_eq!(refusal(&store, two.clone()).await, None);
        bind(&*store, "ValidatingAdmissionPolicyBinding", spec("Deny")).await;
        assert!(refusal(&store, two.clone()).await.unwrap().1.contains("no params found"));
        put(&*store, param.clone()).await;
        assert!(refusal(&store, two.clone()).await.unwrap().1.contains("failed expression"));
        assert_eq!(refusal(&store, json!({"a": "1"})).await, None);
        crate::fixture::delete(&*store, "configmaps", "shop", "limits").await;
    }
}

#[tokio::test]
async fn a_fault_refuses_unless_the_policy_ignores_it_and_warnings_only_warn() {
    let store = store().await;
    let faulty = json!([{"expression": "object.missing == 1"}]);
    policy(&*store, json!({"validations": faulty})).await;
    deny(&*store).await;
    assert!(refusal(&store, json!({})).await.unwrap().1.contains("resulted in error: no such key: missing"));
    policy(&*store, json!({"validations": faulty, "failurePolicy": "Ignore"})).await;
    assert_eq!(refusal(&store, json!({})).await, None);
    policy(&*store, json!({"validations": [{"expression": "false", "message": "careful"}]})).await;
    bind(&*store, "ValidatingAdmissionPolicyBinding", json!({"validationActions": ["Warn"]})).await;
    let outcome = admit(&store, "bob", config_map(json!({}))).await;
    assert!(outcome.result.is_ok());
    assert_eq!(outcome.warnings, ["Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': careful"]);
}

#[tokio::test]
async fn expressions_ask_what_the_user_may() {
    let store = store().await;
    policy(&*store, json!({"validations": [{"expression": "authorizer.requestResource.check('breakglass').allowed()"}]})).await;
    deny(&*store).await;
    assert!(admit(&store, "alice", config_map(json!({}))).await.result.is_ok());
    assert!(admit(&store, "bob", config_map(json!({}))).await.result.is_err());
}

#[tokio::test]
async fn a_policy_that_does_not_compile_is_refused_and_policies_never_bind_policies() {
    let store = store().await;
    let everything = json!({"operations": ["*"], "apiGroups": ["*"], "apiVersions": ["*"], "resources": ["*"]});
    policy(&*store, json!({"matchConstraints": {"resourceRules": [everything]}, "validations": [{"expression": "false"}]})).await;
    deny(&*store).await;
    let written = |expression: &str| json!({"apiVersion": API, "kind": "ValidatingAdmissionPolicy", "metadata": {"name": "q"}, "spec": {"validations": [{"expression": expression}]}});
    assert!(admit(&store, "bob", written("true")).await.result.is_ok());
    let refused = admit(&store, "bob", written("objekt.x")).await.result.unwrap_err();
    assert_eq!(refused.reason, Reason::Invalid);
    assert_eq!(refused.details.causes[0].field, "spec.validations[0].expression");
    assert!(refused.message.contains("undeclared reference to 'objekt'"), "{}", refused.message);
    assert!(admit(&store, "bob", written("1 + 1")).await.result.unwrap_err().message.contains("must evaluate to bool"));
}

#[tokio::test]
async fn policies_judge_webhook_configurations_but_no_reviews() {
    let everything = json!({"operations": ["*"], "apiGroups": ["*"], "apiVersions": ["*"], "resources": ["*"]});
    let part = json!({"patchType": "JSONPatch", "jsonPatch": {"expression": "[JSONPatch{op: 'remove', path: '/missing'}]"}});
    let (deny, change) = (json!([{"expression": "false"}]), json!([part]));
    for spec in [json!({"validations": deny}), json!({"mutations": change})] {
        let (store, mut spec) = (store().await, spec);
        deny_by(&*store, "ValidatingAdmissionPolicyBinding").await;
        deny_by(&*store, "MutatingAdmissionPolicyBinding").await;
        spec["matchConstraints"] = json!({"resourceRules": [everything]});
        policy(&*store, spec).await;
        for (version, kind) in [
            ("authentication.k8s.io/v1", "TokenReview"),
            ("authentication.k8s.io/v1", "SelfSubjectReview"),
            ("authorization.k8s.io/v1", "SubjectAccessReview"),
            ("authorization.k8s.io/v1", "LocalSubjectAccessReview"),
            ("authorization.k8s.io/v1", "SelfSubjectAccessReview"),
            ("authorization.k8s.io/v1", "SelfSubjectRulesReview"),
            (API, "MutatingAdmissionPolicyBinding"),
        ] {
            let object = json!({"apiVersion": version, "kind": kind, "metadata": {"name": "x"}});
            let outcome = admit(&store, "bob", object).await.result;
            assert!(outcome.is_ok(), "{kind}: {outcome:?}");
        }
        for kind in ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"] {
            let object = json!({"apiVersion": API, "kind": kind, "metadata": {"name": "x"}, "webhooks": []});
            let refused = admit(&store, "bob", object).await.result.unwrap_err().message;
            assert!(refused.contains("with binding 'b' denied request"), "{kind}: {refused}");
        }
    }
}

#[tokio::test]
async fn a_binding_without_parameters_refuses_whatever_its_actions_are() {
    let store = store().await;
    let spec = json!({"paramKind": {"apiVersion": "v1", "kind": "ConfigMap"}, "validations": [{"expression": "true"}]});
    policy(&*store, spec.clone()).await;
    let reference = json!({"name": "none", "parameterNotFoundAction": "Deny"});
    for actions in [json!(["Audit"]), json!(["Warn", "Audit"]), json!(["Deny"])] {
        bind(&*store, "ValidatingAdmissionPolicyBinding", json!({"validationActions": actions, "paramRef": reference})).await;
        let outcome = admit(&store, "bob", config_map(json!({}))).await;
        let refused = outcome.result.unwrap_err();
        let text =
            "denied request: failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction";
        assert!(refused.message.ends_with(text), "{refused}");
        assert_eq!((refused.reason, refused.code(), outcome.warnings.len()), (Reason::Invalid, 422, 0));
    }
    let mut open = spec;
    open["failurePolicy"] = json!("Ignore");
    policy(&*store, open).await;
    assert_eq!(refusal(&store, json!({})).await, None);
}

#[tokio::test]
async fn an_audit_annotation_that_fails_refuses_whatever_the_actions_are() {
    let store = store().await;
    let annotations = json!([{"key": "k", "valueExpression": "object.data.missing"}]);
    policy(&*store, json!({"auditAnnotations": annotations})).await;
    bind(&*store, "ValidatingAdmissionPolicyBinding", json!({"validationActions": ["Warn"]})).await;
    let outcome = admit(&store, "bob", config_map(json!({}))).await;
    let refused = outcome.result.unwrap_err();
    assert!(refused.message.contains("expression 'object.data.missing' resulted in error: no such key: missing"), "{refused}");
    assert_eq!((refused.reason, outcome.warnings.len()), (Reason::Invalid, 0));
    policy(&*store, json!({"auditAnnotations": annotations, "failurePolicy": "Ignore"})).await;
    assert_eq!(refusal(&store, json!({})).await, None);
}

#[tokio::test]
async fn the_conditions_of_a_mutation_are_those_before_the_first() {
    let store = store().await;
    let add = |key: &str| {
        let expression = format!("[JSONPatch{{op: 'add', path: '/data/{key}', value: 'x'}}]");
        json!({"patchType": "JSONPatch", "jsonPatch": {"expression": expression}})
    };
    let condition = json!([{"name": "c", "expression": "!('one' in object.data)"}]);
    policy(&*store, json!({"matchConditions": condition, "mutations": [add("one"), add("two")]})).await;
    bind(&*store, "MutatingAdmissionPolicyBinding", json!({})).await;
    assert_eq!(admit(&store, "bob", config_map(json!({}))).await.object["data"], json!({"one": "x", "two": "x"}));
    let broken = json!({"patchType": "JSONPatch", "jsonPatch": {"expression": "[JSONPatch{op: 'remove', path: '/missing'}]"}});
    policy(&*store, json!({"failurePolicy": "Ignore", "mutations": [broken, add("two")]})).await;
    let outcome = admit(&store, "bob", config_map(json!({}))).await;
    assert_eq!((outcome.result.is_ok(), &outcome.object["data"]), (true, &json!({"two": "x"})));
}

#[tokio::test]
async fn mutations_change_objects_by_parts_and_by_patches() {
    let store = store().await;
    let part = json!({"patchType": "ApplyConfiguration", "applyConfiguration": {"expression":
        "Object{metadata: Object.metadata{labels: {'by': request.userInfo.username}}, data: {'n': string(size(object.data))}}"}});
    let patch = json!({"patchType": "JSONPatch", "jsonPatch": {"expression":
        "[JSONPatch{op: 'add', path: '/metadata/labels/' + jsonpatch.escapeKey('x/y'), value: object.data.n}]"}});
    policy(&*store, json!({"mutations": [part, patch]})).await;
    bind(&*store, "MutatingAdmissionPolicyBinding", json!({})).await;
    let outcome = admit(&store, "bob", config_map(json!({"k": "v"}))).await;
    assert!(outcome.result.is_ok());
    assert_eq!(outcome.object["metadata"]["labels"], json!({"a": "b", "by": "bob", "x/y": "1"}));
    assert_eq!(outcome.object["data"], json!({"k": "v", "n": "1"}));
}

#[tokio::test]
async fn parts_are_applied_to_lists_by_their_keys() {
    let store = store().await;
    let rule = json!({"operations": ["*"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]});
    let part = json!({"patchType": "ApplyConfiguration", "applyConfiguration": {"expression":
        "Object{spec: Object.spec{containers: [Object.spec.containers{name: 'b', image: 'new'}]}}"}});
    policy(&*store, json!({"mutations": [part], "matchConstraints": {"resourceRules": [rule]}})).await;
    bind(&*store, "MutatingAdmissionPolicyBinding", json!({})).await;
    let managed = json!([{"manager": "m", "operation": "Update", "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": {}}]);
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "shop", "managedFields": managed},
        "spec": {"containers": [{"name": "a", "image": "x"}, {"name": "b", "image": "y", "command": ["c"]}]}});
    let outcome = admit(&store, "bob", pod).await;
    assert!(outcome.result.is_ok(), "{:?}", outcome.result);
    let containers = outcome.object["spec"]["containers"].as_array().unwrap();
    let told: Vec<_> = containers.iter().map(|one| (one["name"].as_str(), one["image"].as_str(), &one["command"])).collect();
    assert_eq!(told, [(Some("a"), Some("x"), &Value::Null), (Some("b"), Some("new"), &json!(["c"]))]);
    assert_eq!(outcome.object["metadata"]["managedFields"], managed);
}

#[tokio::test]
async fn a_policy_is_told_what_it_gets_wrong_about_custom_kinds_and_parameters() {
    let store = cluster().await;
    let schema =
        json!({"type": "object", "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}}}});
    let version = json!({"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": schema}});
    let names = json!({"plural": "boats", "kind": "Boat"});
    put(
        &*store,
        json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "boats.example.com"}, "spec": {"group": "example.com", "names": names, "versions": [version]}}),
    )
    .await;
    let rule = json!({"operations": ["*"], "apiGroups": ["example.com"], "apiVersions": ["v1"], "resources": ["boats"]});
    let policy = json!({"metadata": {"generation": 1}, "spec": {
        "paramKind": {"apiVersion": "example.com/v1", "kind": "Boat"},
        "matchConstraints": {"resourceRules": [rule]},
        "validations": [{"expression": "object.spec.size > params.spec.size"}, {"expression": "object.spec.length > 1"},
            {"expression": "params.spec.width > 1"}]}});
    let status = super::type_checking::checked_status(&policy, &*store);
    let told: Vec<&str> = status["typeChecking"]["expressionWarnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|warning| warning["warning"].as_str().unwrap())
        .collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("example.com/v1, Kind=Boat: ") && told[0].contains("undefined field 'length'"), "{told:?}");
    assert!(told[1].contains("undefined field 'width'"), "{told:?}");
}

#[tokio::test]
async fn a_mutation_may_not_set_a_list_that_is_replaced_as_a_whole() {
    let store = store().await;
    let part = json!({"patchType": "ApplyConfiguration", "applyConfiguration": {"expression":
        "Object{spec: Object.spec{containers: [Object.spec.containers{name: 'a', args: ['x']}]}}"}});
    let rule = json!({"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]});
    policy(&*store, json!({"mutations": [part], "matchConstraints": {"resourceRules": [rule]}})).await;
    bind(&*store, "MutatingAdmissionPolicyBinding", json!({})).await;
    let pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "shop"},
        "spec": {"containers": [{"name": "a", "image": "x"}]}});
    let refused = admit(&store, "bob", pod).await.result.unwrap_err().message;
    assert!(refused.contains("may not mutate atomic arrays, maps or structs: .spec.containers[0].args"), "{refused}");
}

#[tokio::test]
async fn a_policy_is_told_what_it_gets_wrong_about_the_kinds_it_names() {
    let store = cluster().await;
    let rule = json!({"operations": ["*"], "apiGroups": ["apps"], "apiVersions": ["v1"], "resources": ["deployments", "*"]});
    let validation = |expression: &str| json!({"expression": expression, "messageExpression": "object.metadata.name"});
    let policy = json!({"metadata": {"generation": 3}, "spec": {
        "matchConstraints": {"resourceRules": [rule]},
        "validations": [validation("object.spec.replicas > 1"), validation("object.spec.replica > 1")]}});
    let status = super::type_checking::checked_status(&policy, &*store);
    assert_eq!(status["observedGeneration"], 3);
    let warnings = status["typeChecking"]["expressionWarnings"].as_array().unwrap();
    assert_eq!((warnings.len(), &warnings[0]["fieldRef"]), (1, &json!("spec.validations[1].expression")));
    let told = warnings[0]["warning"].as_str().unwrap();
    assert!(told.starts_with("apps/v1, Kind=Deployment: ") && told.contains("undefined field 'replica'"), "{told}");
}
