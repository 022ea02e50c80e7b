use std::path::Path;
use std::sync::Arc;

use kontiki_api::kind::Kinds;
use kontiki_api::request::{Target, User};
use serde_json::json;

use super::redact::redact;
use super::rule::Asked;
use super::{Audit, AuditError, AuditMode, AuditOptions, Level, Policy, Stage};
use crate::fixture::NOW;

fn policy(rules: &str) -> Result<Policy, AuditError> {
    let text = format!("apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules:\n{rules}");
    Policy::parse(&text, Path::new("policy.yaml"))
}

fn target(group: &str, plural: &str, namespace: &str, name: &str) -> Target {
    let (plural, subresource) = plural.split_once('/').unwrap_or((plural, ""));
    Target {
        group: group.into(),
        version: "v1".into(),
        plural: plural.into(),
        namespace: namespace.into(),
        name: name.into(),
        subresource: subresource.into(),
    }
}

#[test]
fn the_first_rule_that_matches_decides() {
    let policy = policy(
        r#"
- {level: None, users: ["system:kube-proxy"], verbs: [watch], resources: [{group: "", resources: [endpoints]}]}
- {level: None, userGroups: ["system:authenticated"], nonResourceURLs: ["/api*", "/version"]}
- {level: Request, resources: [{group: "", resources: [configmaps], resourceNames: [leader]}], namespaces: [kube-system]}
- {level: Metadata, resources: [{group: "", resources: [pods/log, pods/status, "*/scale"]}], omitStages: [ResponseStarted]}
- {level: RequestResponse, resources: [{group: "", resources: ["nodes/*"]}, {group: apps}], omitManagedFields: true}
- {level: Metadata, namespaces: [""]}
"#,
    )
    .unwrap();
    let user = |name: &str| User { name: name.into(), groups: vec!["system:authenticated".into()], ..User::default() };
    let level = |name: &str, verb: &str, target: Option<&Target>, path: &str| {
        policy.wanted(&Asked { user: Some(&user(name)), verb, target, path }).level
    };
    let of = |group: &str, plural: &str, namespace: &str, name: &str| {
        level("bob", "get", Some(&target(group, plural, namespace, name)), "")
    };
    assert_eq!(level("system:kube-proxy", "watch", Some(&target("", "endpoints", "", "")), ""), Level::None);
    assert_eq!(level("bob", "get", None, "/apis/apps"), Level::None);
    assert_eq!(level("bob", "get", None, "/healthz"), Level::None, "no rule matches");
    assert_eq!(of("", "configmaps", "kube-system", "leader"), Level::Request);
    assert_eq!(of("", "configmaps", "kube-system", "other"), Level::None);
    assert_eq!(of("", "pods/log", "shop", "a"), Level::Metadata);
    assert_eq!(of("", "pods", "shop", "a"), Level::None);
    assert_eq!(of("", "replicationcontrollers/scale", "shop", "a"), Level::Metadata);
    assert_eq!(of("apps", "deployments/scale", "shop", "a"), Level::RequestResponse);
    assert_eq!(of("", "nodes", "", "n"), Level::RequestResponse, "a star below means the node itself too");
    assert_eq!(
        of("", "persistentvolumes", "", "v"),
        Level::Metadata,
        "objects of the cluster lie in the namespace without a name"
    );
    let bob = user("bob");
    let asked = target("", "pods/status", "shop", "a");
    let wanted = policy.wanted(&Asked { user: Some(&bob), verb: "get", target: Some(&asked), path: "" });
    assert_eq!((wanted.omit_stages, wanted.omit_managed_fields), (vec![Stage::RequestReceived, Stage::ResponseStarted], false));
}

#[test]
fn a_wrong_policy_is_told_with_file_and_line() {
    let told = |rules: &str| policy(rules).unwrap_err().to_string();
    let level = told("- {level: Everything}");
    assert!(level.starts_with("the audit policy is wrong: policy.yaml:5:") && level.contains("Everything"), "{level}");
    let field = told("- level: None\n- level: None\n  user: [a]");
    assert!(field.contains("policy.yaml:7:") && field.contains("user"), "{field}");
    let both = told("- level: None\n- {level: None, namespaces: [a], nonResourceURLs: [/x]}");
    assert!(both.contains("policy.yaml:6:") && both.contains("cannot apply to both"), "{both}");
    for (rule, why) in [
        ("{level: None, nonResourceURLs: [x]}", "begin with a slash"),
        ("{level: None, nonResourceURLs: ['/a*b']}", "star at its end"),
        ("{level: None, resources: [{resourceNames: [a]}]}", "at least one resource"),
        ("{level: None, resources: [{group: apps/v1}]}", "without a version"),
    ] {
        let told = told(&format!("- {rule}"));
        assert!(told.contains(why), "{told}");
    }
    let empty = Policy::parse("apiVersion: audit.k8s.io/v1\nkind: Policy\n", Path::new("p")).unwrap_err().to_string();
    assert!(empty.contains("at least one rule"), "{empty}");
    let old = Policy::parse("apiVersion: audit.k8s.io/v1beta1\nkind: Policy\n", Path::new("p")).unwrap_err().to_string();
    assert!(old.contains("p:1:") && old.contains("v1beta1"), "{old}");
}

#[test]
fn values_of_secrets_and_tokens_are_never_written() {
    let kinds = Kinds::builtin();
    let secrets = kinds.get("", "v1", "secrets").unwrap();
    let mut secret = json!({"kind": "Secret", "metadata": {"name": "s", "annotations":
        {"kubectl.kubernetes.io/last-applied-configuration": "hidden", "a": "b"}},
        "data": {"password": "hidden"}, "stringData": {"other": "hidden"}, "type": "Opaque"});
    let mut list = json!({"kind": "SecretList", "items": [secret.clone()]});
    let mut patch = json!([{"op": "add", "path": "/data/password", "value": "hidden"}]);
    for body in [&mut secret, &mut list, &mut patch] {
        redact(secrets, body);
        assert!(!body.to_string().contains("hidden"), "{body}");
    }
    assert_eq!((&secret["data"]["password"], &secret["metadata"]["annotations"]["a"]), (&json!("<redacted>"), &json!("b")));
    let reviews = kinds.get("authentication.k8s.io", "v1", "tokenreviews").unwrap();
    let mut review = json!({"kind": "TokenReview", "spec": {"token": "hidden"}, "status": {"authenticated": true}});
    redact(reviews, &mut review);
    assert_eq!((&review["spec"]["token"], &review["status"]["authenticated"]), (&json!("<redacted>"), &json!(true)));
    let accounts = kinds.get("", "v1", "serviceaccounts").unwrap();
    let mut issued = json!({"kind": "TokenRequest", "status": {"token": "hidden"}});
    redact(accounts, &mut issued);
    assert_eq!(issued["status"]["token"], "<redacted>");
}

#[tokio::test]
async fn what_finds_no_room_is_dropped_and_counted_where_nobody_is_to_wait() {
    let folder = tempfile::tempdir().unwrap();
    let policy = folder.path().join("policy.yaml");
    std::fs::write(&policy, "{apiVersion: audit.k8s.io/v1, kind: Policy, rules: [{level: Metadata}]}").unwrap();
    let log = folder.path().join("audit.log");
    let options = AuditOptions { mode: AuditMode::Batch, buffer: 1, ..AuditOptions::new(&policy, &log) };
    let audit = Audit::open(&options, Arc::new(|| NOW)).unwrap();
    let mut sent = 0_u64;
    while audit.figures.all_lost() == 0 {
        audit.sink.send(bytes::Bytes::from_static(b"x\n")).await;
        sent += 1;
    }
    audit.flush().await;
    let written = std::fs::read_to_string(&log).unwrap().lines().count() as u64;
    assert_eq!(written + audit.figures.all_lost(), sent);
}
