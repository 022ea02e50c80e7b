//! Policies, asked by a server with all plug-ins: in which version they see a request, and what they are told of it.

use kontiki_api::request::Verb;
use serde_json::{Value, json};

use crate::custom::{DEFINITIONS, Establishing, TABS, crontabs, tab};
use crate::harness::{CONFIG_MAPS, Caller, MERGE, guarded};
use crate::hooks::map;

const ADMISSION: &str = "/apis/admissionregistration.k8s.io/v1";
const SCALERS: &str = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers";

/// A policy called `name` with the fields of `spec` for all operations on what `rule` names, and a binding that denies.
async fn policy(caller: &Caller, name: &str, rule: &Value, spec: Value) {
    let mut spec = spec;
    let mut rule = rule.clone();
    rule["operations"] = json!(["*"]);
    spec["matchConstraints"]["resourceRules"] = json!([rule]);
    let body = json!({"metadata": {"name": name}, "spec": spec});
    caller.create(&format!("{ADMISSION}/validatingadmissionpolicies"), &body.to_string()).await;
    let spec = json!({"policyName": name, "validationActions": ["Deny"]});
    let body = json!({"metadata": {"name": name}, "spec": spec});
    caller.create(&format!("{ADMISSION}/validatingadmissionpolicybindings"), &body.to_string()).await;
}

fn rule(group: &str, version: &str, resource: &str) -> Value {
    json!({"apiGroups": [group], "apiVersions": [version], "resources": [resource]})
}

/// A scaler of `version` that wants this use of processors.
fn scaler(version: &str, percent: u32) -> String {
    let mut spec = json!({"maxReplicas": 3, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"}});
    if version == "v1" {
        spec["targetCPUUtilizationPercentage"] = json!(percent);
    } else {
        let target = json!({"type": "Utilization", "averageUtilization": percent});
        spec["metrics"] = json!([{"type": "Resource", "resource": {"name": "cpu", "target": target}}]);
    }
    json!({"metadata": {"name": "h"}, "spec": spec}).to_string()
}

/// Why the scaler may not be created through `version`, if it may not.
async fn refused(caller: &Caller, version: &str, percent: u32) -> Option<String> {
    let path = SCALERS.replace("v2", version);
    let told = caller.call(Verb::Create, &format!("{path}?dryRun=All"), &scaler(version, percent)).await;
    told.err().map(|status| status.message)
}

#[tokio::test]
async fn a_policy_sees_an_object_in_the_version_that_its_rules_name() {
    let caller = Caller(guarded().await);
    let versions = "request.kind.version + request.resource.version + ' for ' + request.requestKind.version + \
        request.requestResource.version";
    let few = json!({"expression": "object.spec.targetCPUUtilizationPercentage <= 50 && object.apiVersion == 'autoscaling/v1'",
        "messageExpression": versions});
    policy(&caller, "old", &rule("autoscaling", "v1", "*"), json!({"validations": [few]})).await;
    assert!(refused(&caller, "v2", 80).await.unwrap().ends_with("denied request: v1v1 for v2v2"));
    assert!(refused(&caller, "v1", 80).await.unwrap().ends_with("denied request: v1v1 for v1v1"));
    assert_eq!((refused(&caller, "v1", 40).await, refused(&caller, "v2", 40).await), (None, None));
    caller.create(SCALERS, &scaler("v2", 40)).await;
    let change = r#"{"metadata":{"labels":{"a":"b"}}}"#;
    caller.patch(&format!("{SCALERS}/h"), MERGE, change).await.unwrap();
    let same = json!({"expression": "oldObject.spec.targetCPUUtilizationPercentage == 41"});
    policy(&caller, "same", &rule("autoscaling", "v1", "*"), json!({"validations": [same]})).await;
    let told = caller.patch(&format!("{SCALERS}/h"), MERGE, r#"{"metadata":{"labels":{"a":"c"}}}"#).await.unwrap_err();
    assert!(told.message.contains("ValidatingAdmissionPolicy 'same'"), "{told}");
}

#[tokio::test]
async fn the_version_counts_where_it_is_to_match_exactly_or_nobody_serves_it() {
    let never = json!([{"expression": "false"}]);
    let old = json!({"apiGroups": ["*"], "apiVersions": ["v1"], "operations": ["*"], "resources": ["*"]});
    for (version, constraints, by_v1, by_v2) in [
        ("v1", json!({}), true, true),
        ("v9", json!({}), false, false),
        ("v1", json!({"matchPolicy": "Exact"}), true, false),
        ("v2", json!({"excludeResourceRules": [old]}), false, false),
        ("v2", json!({"excludeResourceRules": [old], "matchPolicy": "Exact"}), false, true),
    ] {
        let caller = Caller(guarded().await);
        let spec = json!({"validations": never, "matchConstraints": constraints});
        policy(&caller, "p", &rule("autoscaling", version, "horizontalpodautoscalers"), spec).await;
        let found = (refused(&caller, "v1", 1).await.is_some(), refused(&caller, "v2", 1).await.is_some());
        assert_eq!(found, (by_v1, by_v2), "{version} {constraints}");
    }
}

#[tokio::test]
async fn a_policy_is_told_how_to_delete_and_how_to_write() {
    let caller = Caller(guarded().await);
    let gentle = json!({"expression": "request.operation != 'DELETE' || request.options.gracePeriodSeconds > 0"});
    let named = json!({"expression": "request.operation == 'DELETE' || request.options.?fieldManager.orValue('') != 'evil'"});
    policy(&caller, "p", &rule("", "v1", "configmaps"), json!({"validations": [gentle, named]})).await;
    let (path, evil) = (format!("{CONFIG_MAPS}/a"), "fieldManager=evil");
    let told = caller.call(Verb::Create, &format!("{CONFIG_MAPS}?{evil}"), &map("a", &json!({}))).await.unwrap_err();
    assert!(told.message.contains("ValidatingAdmissionPolicy 'p'"), "{told}");
    caller.create(CONFIG_MAPS, &map("a", &json!({}))).await;
    let told = caller.patch(&format!("{path}?{evil}"), MERGE, r#"{"data":{"k":"w"}}"#).await.unwrap_err();
    assert!(told.message.contains("ValidatingAdmissionPolicy 'p'"), "{told}");
    let told = caller.call(Verb::Delete, &format!("{path}?gracePeriodSeconds=0"), "").await.unwrap_err();
    assert!(told.message.contains("ValidatingAdmissionPolicy 'p'"), "{told}");
    caller.call(Verb::Delete, &path, r#"{"gracePeriodSeconds":1}"#).await.unwrap();
}

#[tokio::test]
async fn the_namespace_of_a_request_about_a_namespace_is_itself() {
    let caller = Caller(guarded().await);
    let own = json!({"expression": "request.namespace != 'closed'"});
    policy(&caller, "p", &rule("", "v1", "namespaces"), json!({"validations": [own]})).await;
    let namespaces = "/api/v1/namespaces";
    caller.create(namespaces, r#"{"metadata":{"name":"open"}}"#).await;
    let told = caller.call(Verb::Create, namespaces, r#"{"metadata":{"name":"closed"}}"#).await.unwrap_err();
    assert!(told.message.contains("ValidatingAdmissionPolicy 'p'"), "{told}");
}

#[tokio::test]
async fn parameters_are_of_the_version_that_their_kind_names_while_that_is_served() {
    let cluster = Establishing::of(guarded().await);
    let caller = &cluster.caller;
    let mut definition = crontabs(json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true}));
    let mut second = definition["spec"]["versions"][0].clone();
    (second["name"], second["storage"]) = ("v2".into(), false.into());
    definition["spec"]["versions"].as_array_mut().unwrap().push(second);
    cluster.define(&definition).await;
    caller.create(TABS, &tab("limits", json!({"cronSpec": "x"}))).await;
    let param_kind = json!({"apiVersion": "stable.example.com/v2", "kind": "CronTab"});
    let validations = json!([{"expression": "false", "messageExpression": "params.apiVersion + ' ' + params.spec.cronSpec"}]);
    policy(caller, "p", &rule("", "v1", "configmaps"), json!({"paramKind": param_kind, "validations": validations})).await;
    let binding = format!("{ADMISSION}/validatingadmissionpolicybindings/p");
    let refer = json!({"spec": {"paramRef": {"name": "limits", "parameterNotFoundAction": "Deny"}}});
    caller.patch(&binding, MERGE, &refer.to_string()).await.unwrap();
    let refused = || async { caller.call(Verb::Create, CONFIG_MAPS, &map("a", &json!({}))).await.unwrap_err().message };
    let told = refused().await;
    assert!(told.ends_with("denied request: stable.example.com/v2 x"), "{told}");
    let unserved = r#"[{"op": "replace", "path": "/spec/versions/1/served", "value": false}]"#;
    let path = format!("{DEFINITIONS}/crontabs.stable.example.com");
    caller.patch(&path, "application/json-patch+json", unserved).await.unwrap();
    let told = refused().await;
    assert!(told.contains("failed to find resource referenced by paramKind"), "{told}");
    let kind = json!({"spec": {"paramKind": {"apiVersion": "v1", "kind": "Namespace"}}});
    caller.patch(&format!("{ADMISSION}/validatingadmissionpolicies/p"), MERGE, &kind.to_string()).await.unwrap();
    let refer = json!({"spec": {"paramRef": {"name": "default", "namespace": "default"}}});
    caller.patch(&binding, MERGE, &refer.to_string()).await.unwrap();
    let told = refused().await;
    assert!(told.contains("paramRef.namespace must not be provided for a cluster-scoped `paramKind`"), "{told}");
}

#[tokio::test]
async fn expressions_are_of_their_type_and_see_what_is_declared() {
    let caller = Caller(guarded().await);
    let refused = async |validation: Value, field: &str, why: &str| {
        let rules = json!([{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["*"], "resources": ["configmaps"]}]);
        let spec = json!({"validations": [validation], "matchConstraints": {"resourceRules": rules}});
        let body = json!({"metadata": {"name": "p"}, "spec": spec}).to_string();
        let told = caller.call(Verb::Create, &format!("{ADMISSION}/validatingadmissionpolicies"), &body).await.unwrap_err();
        let cause = &told.details.causes[0];
        assert_eq!(cause.field, format!("spec.validations[0].{field}"));
        assert!(cause.message.contains(why), "{}", cause.message);
    };
    refused(json!({"expression": "object.data"}), "expression", ": must evaluate to bool but got dyn").await;
    refused(json!({"expression": "request.object == null"}), "expression", "undefined field 'object'").await;
    refused(json!({"expression": "namespaceObject.kind == ''"}), "expression", "undefined field 'kind'").await;
    let message = |text: &str| json!({"expression": "false", "messageExpression": text});
    refused(message("object.data.x"), "messageExpression", ": must evaluate to string but got dyn").await;
    let asks = message("authorizer.path('/x').check('get').reason()");
    refused(asks, "messageExpression", "undeclared reference to 'authorizer'").await;
    let seen = "request.namespace + request.userInfo.groups.join('') + namespaceObject.metadata.labels.map(k, k).join('')";
    let told = json!({"expression": "request.operation == 'DELETE'", "messageExpression": seen});
    policy(&caller, "p", &rule("", "v1", "configmaps"), json!({"validations": [told]})).await;
    let told = caller.call(Verb::Create, CONFIG_MAPS, &map("a", &json!({}))).await.unwrap_err();
    assert!(told.message.ends_with("denied request: defaultsystem:authenticatedkubernetes.io/metadata.name"), "{told}");
}

#[tokio::test]
async fn a_policy_is_asked_before_a_name_is_told_to_be_taken() {
    let caller = Caller(guarded().await);
    caller.create(CONFIG_MAPS, &map("a", &json!({}))).await;
    let nothing = json!({"expression": "oldObject.data.k == 'v'"});
    let composed = json!({"expression": "variables.a", "message": "m"});
    let variables = json!([{"name": "a", "expression": "object.none.x == 1"}]);
    policy(&caller, "null", &rule("", "v1", "configmaps"), json!({"validations": [nothing]})).await;
    policy(&caller, "variable", &rule("", "v1", "secrets"), json!({"validations": [composed], "variables": variables})).await;
    let kind = json!({"paramKind": {"apiVersion": "x.example.com/v1", "kind": "Nope"}, "validations": [{"expression": "true"}]});
    policy(&caller, "kind", &rule("", "v1", "endpoints"), kind).await;
    for (resource, why) in [
        (
            "configmaps",
            "policy 'null' with binding 'null' denied request: expression 'oldObject.data.k == 'v'' resulted in error: no such key: data",
        ),
        ("secrets", "resulted in error: composited variable \"a\" fails to evaluate: no such key: none"),
        (
            "endpoints",
            "ValidatingAdmissionPolicy 'kind' denied request: failed to configure policy: failed to find resource referenced by \
             paramKind: 'x.example.com/v1, Kind=Nope'",
        ),
    ] {
        let path = CONFIG_MAPS.replace("configmaps", resource);
        let told = caller.call(Verb::Create, &path, r#"{"metadata":{"name":"a"}}"#).await.unwrap_err();
        assert!(told.message.to_lowercase().ends_with(&why.to_lowercase()), "{told}");
        let cause = &told.to_value()["details"]["causes"][0];
        assert_eq!(cause.get("reason"), None, "none is told");
    }
    let stays = json!({"expression": "request.operation != 'DELETE'"});
    policy(&caller, "stays", &rule("", "v1", "services"), json!({"validations": [stays]})).await;
    let services = CONFIG_MAPS.replace("configmaps", "services");
    caller.create(&services, r#"{"metadata":{"name":"s"},"spec":{"ports":[{"port":80}]}}"#).await;
    let told = caller.call(Verb::DeleteCollection, &services, "").await.unwrap_err();
    assert!(told.message.starts_with("services \"Unknown\" is forbidden: "), "{told}");
}
