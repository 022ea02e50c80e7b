use std::sync::Arc;

use kontiki_api::kind::Kinds;
use kontiki_api::meta::{Key, Resource};
use kontiki_api::request::{Target, User};
use kontiki_api::status::{Reason, Status};
use kontiki_store::Store;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::access::{AccessReview, Scope};
use super::{Reviewers, reviews};
use crate::Virtuals;
use crate::authenticate::{Authenticator, CertificateAuthority, Tokens};
use crate::authorize::rbac::Rbac;
use crate::authorize::{Masters, NodeAuthorizer, Union};
use crate::fixture::{NOW, cluster, delete, put};
use crate::pki::Pki;
use crate::virtuals::{Question, Virtual};

struct Setup {
    store: Arc<dyn Store>,
    virtuals: Virtuals,
}

async fn setup() -> Setup {
    let store: Arc<dyn Store> = cluster().await;
    let named = |kind: &str, name: &str| {
        json!({"apiVersion": "v1", "kind": kind, "metadata":
        {"name": name, "namespace": "shop", "uid": format!("uid-{name}")}})
    };
    put(&*store, named("ServiceAccount", "till")).await;
    let mut pod = named("Pod", "p");
    pod["spec"] = json!({"serviceAccountName": "till", "nodeName": "n1"});
    put(&*store, pod).await;
    let pki = Pki::open(tempfile::tempdir().unwrap().path(), NOW).unwrap();
    let tokens = Arc::new(Tokens::new(pki.token_key()).unwrap());
    let authority = CertificateAuthority::new(pki.authority()).unwrap();
    let rbac = Rbac::start(store.clone(), CancellationToken::new());
    let virtuals = reviews(Reviewers {
        store: store.clone(),
        authenticator: Arc::new(Authenticator::new(store.clone(), tokens.clone(), authority, Arc::new(|| NOW))),
        authorizer: Arc::new(Union::new(vec![Arc::new(Masters), Arc::new(rbac.clone())])),
        rbac,
        tokens,
        clock: Arc::new(|| NOW),
    });
    Setup { store, virtuals }
}

impl Setup {
    async fn ask(&self, user: &User, kind: &str, namespace: &str, spec: Value) -> Result<Value, Status> {
        self.send(user, kind, namespace, json!({"spec": spec})).await
    }

    async fn send(&self, user: &User, kind: &str, namespace: &str, body: Value) -> Result<Value, Status> {
        let kinds = Kinds::builtin();
        let (kind, subresource) = match kind {
            "TokenRequest" => (kinds.find("serviceaccounts").unwrap(), "token"),
            kind => (kinds.find(kind).unwrap(), ""),
        };
        let parent = self.store.get(&Key::new("serviceaccounts", "shop", "till")).filter(|_| subresource == "token");
        let target = Target { namespace: namespace.into(), name: "till".into(), ..Target::default() };
        let question = Question { kind, target: &target, user, body, parent, dry_run: false };
        let resource = Resource::new(&kind.group, &kind.plural);
        self.virtuals[&(resource, subresource.into())].create(question).await
    }

    async fn token(&self, user: &User, spec: Value) -> Result<Value, Status> {
        self.ask(user, "TokenRequest", "shop", spec).await
    }
}

fn root() -> User {
    User { name: "root".into(), groups: vec!["system:masters".into()], ..User::default() }
}

fn kubelet(node: &str) -> User {
    User { name: format!("system:node:{node}").into(), groups: vec!["system:nodes".into()], ..User::default() }
}

#[tokio::test]
async fn an_issued_token_is_recognized_by_its_audience_alone() {
    let setup = setup().await;
    let answer = setup.token(&root(), json!({"audiences": ["vault"], "expirationSeconds": 600})).await.unwrap();
    let token = &answer["status"]["token"];
    let review = setup.ask(&root(), "tokenreviews", "", json!({"token": token, "audiences": ["vault", "x"]})).await.unwrap();
    assert_eq!(review["status"]["user"]["username"], "system:serviceaccount:shop:till");
    assert_eq!(review["status"]["audiences"], json!(["vault"]));
    let own = setup.ask(&root(), "tokenreviews", "", json!({"token": token})).await.unwrap();
    assert_ne!(own["status"]["authenticated"], true);
    let none = setup.ask(&root(), "tokenreviews", "", json!({"token": "rubbish"})).await.unwrap();
    assert_eq!(none["status"], json!({"user": {}, "error": "invalid bearer token"}));
    let other = setup.ask(&root(), "tokenreviews", "", json!({"token": token, "audiences": ["x", "y"]})).await.unwrap();
    let why = r#"[invalid bearer token, token audiences ["vault"] is invalid for the target audiences ["x" "y"]]"#;
    assert_eq!(other["status"]["error"], why);
    delete(&*setup.store, "serviceaccounts", "shop", "till").await;
    let gone = setup.ask(&root(), "tokenreviews", "", json!({"token": token, "audiences": ["vault"]})).await.unwrap();
    assert_eq!(gone["status"]["error"], r#"[invalid bearer token, serviceaccounts "till" not found]"#);
}

#[tokio::test]
async fn a_token_is_bound_only_to_what_is_there() {
    let setup = setup().await;
    let pod = |name: &str, uid: &str| json!({"boundObjectRef": {"kind": "Pod", "apiVersion": "v1", "name": name, "uid": uid}});
    assert!(setup.token(&root(), pod("p", "uid-p")).await.is_ok());
    assert_eq!(setup.token(&root(), pod("p", "other")).await.unwrap_err().reason, Reason::Conflict);
    assert_eq!(setup.token(&root(), pod("q", "")).await.unwrap_err().reason, Reason::NotFound);
    assert_eq!(setup.token(&root(), json!({"expirationSeconds": 599})).await.unwrap_err().reason, Reason::Invalid);
}

#[tokio::test]
async fn a_token_is_given_for_the_account_that_the_request_names() {
    let setup = setup().await;
    let ask =
        async |metadata: Value| setup.send(&root(), "TokenRequest", "shop", json!({"metadata": metadata, "spec": {}})).await;
    let answer = ask(json!({"name": "till", "uid": "uid-till"})).await.unwrap();
    assert_eq!((&answer["metadata"]["name"], &answer["metadata"]["uid"]), (&json!("till"), &json!("uid-till")));
    let other = ask(json!({"name": "other"})).await.unwrap_err();
    let why = "TokenRequest.authentication.k8s.io \"till\" is invalid: metadata.name: Invalid value: \"other\": \
        must match the service account name if specified";
    assert_eq!((other.reason, &*other.message), (Reason::Invalid, why));
    assert_eq!(ask(json!({"uid": "other"})).await.unwrap_err().reason, Reason::Conflict);
    let map = json!({"boundObjectRef": {"kind": "ConfigMap", "apiVersion": "v1", "name": "x"}});
    assert_eq!(setup.token(&root(), map).await.unwrap_err().message, "cannot bind token to object of type /v1, Kind=ConfigMap");
}

#[tokio::test]
async fn access_reviews_are_no_objects() {
    let setup = setup().await;
    let body = |metadata: Value| json!({"metadata": metadata, "spec": {"user": "bob", "resourceAttributes": {"verb": "get", "resource": "pods", "namespace": "shop"}}});
    let ask = async |kind: &str, metadata: Value| setup.send(&root(), kind, "shop", body(metadata)).await;
    for (kind, except) in [("subjectaccessreviews", ""), ("localsubjectaccessreviews", " except for namespace")] {
        assert!(ask(kind, json!({"name": "", "labels": {}, "creationTimestamp": null})).await.is_ok());
        let refused = ask(kind, json!({"name": "x"})).await.unwrap_err();
        assert_eq!(refused.details.causes[0].message, format!("Invalid value: {{\"name\":\"x\"}}: must be empty{except}"));
    }
    assert!(ask("localsubjectaccessreviews", json!({"namespace": "shop"})).await.is_ok());
    let path = json!({"user": "bob", "nonResourceAttributes": {"path": "/x"}});
    let refused = setup.ask(&root(), "localsubjectaccessreviews", "shop", path).await.unwrap_err();
    let why = r#"Invalid value: {"Path":"/x","Verb":""}: disallowed on this kind of request"#;
    assert_eq!(refused.details.causes[0].message, why);
    let selector = json!({"rawSelector": "a=b", "requirements": [{"key": "", "operator": "Exists", "values": ["x"]}]});
    let asked = json!({"user": "bob", "resourceAttributes": {"labelSelector": selector, "fieldSelector": selector}});
    let refused = setup.ask(&root(), "subjectaccessreviews", "", asked).await.unwrap_err();
    let at = |name: &str| refused.details.causes.iter().filter(|cause| cause.field.starts_with(name)).count();
    assert_eq!((at("spec.resourceAttributes.fieldSelector."), at("spec.resourceAttributes.labelSelector.")), (3, 4));
}

#[tokio::test]
async fn rules_are_listed_for_a_namespace_with_what_could_not_be_told() {
    let setup = setup().await;
    let refused = setup.ask(&root(), "selfsubjectrulesreviews", "", json!({})).await.unwrap_err();
    assert_eq!((refused.reason, &*refused.message), (Reason::BadRequest, "no namespace on request"));
    let answer = setup.ask(&kubelet("n1"), "selfsubjectrulesreviews", "", json!({"namespace": "shop"})).await.unwrap();
    assert_eq!(answer["status"]["evaluationError"], "node authorizer does not support user rule resolution");
    assert_eq!(answer["status"]["incomplete"], true);
}

#[tokio::test]
async fn a_kubelet_gets_tokens_for_its_own_pods_only() {
    let setup = setup().await;
    let pod = json!({"boundObjectRef": {"kind": "Pod", "apiVersion": "v1", "name": "p", "uid": "uid-p"}});
    assert!(setup.token(&kubelet("n1"), pod.clone()).await.is_ok());
    assert_eq!(setup.token(&kubelet("n2"), pod).await.unwrap_err().reason, Reason::Forbidden);
    assert_eq!(setup.token(&kubelet("n1"), json!({})).await.unwrap_err().reason, Reason::Forbidden);
}

#[tokio::test]
async fn access_reviews_say_what_the_authorizer_says() {
    let setup = setup().await;
    let pods = json!({"verb": "get", "resource": "pods", "namespace": "shop"});
    let mine = setup.ask(&root(), "selfsubjectaccessreviews", "", json!({"resourceAttributes": pods})).await.unwrap();
    assert_eq!(mine["status"]["allowed"], true);
    let theirs = json!({"user": "bob", "resourceAttributes": pods});
    let denied = setup.ask(&root(), "subjectaccessreviews", "", theirs.clone()).await.unwrap();
    assert_eq!(denied["status"]["allowed"], false);
    let masters = json!({"groups": ["system:masters"], "nonResourceAttributes": {"path": "/x", "verb": "get"}});
    let allowed = setup.ask(&root(), "subjectaccessreviews", "", masters).await.unwrap();
    assert_eq!(allowed["status"]["allowed"], true);
    assert!(setup.ask(&root(), "localsubjectaccessreviews", "shop", theirs.clone()).await.is_ok());
    for (kind, namespace, spec) in [
        ("localsubjectaccessreviews", "bank", theirs),
        ("subjectaccessreviews", "", json!({"resourceAttributes": pods})),
        ("selfsubjectaccessreviews", "", json!({})),
        ("selfsubjectaccessreviews", "", json!({"resourceAttributes": pods, "nonResourceAttributes": {"path": "/"}})),
        ("selfsubjectaccessreviews", "", json!({"resourceAttributes": {"fieldSelector": {}}})),
    ] {
        assert_eq!(setup.ask(&root(), kind, namespace, spec).await.unwrap_err().reason, Reason::Invalid, "{kind}");
    }
}

#[tokio::test]
async fn one_learns_who_one_is_and_what_one_may() {
    let setup = setup().await;
    let bob = User { name: "bob".into(), groups: vec!["system:authenticated".into()], ..User::default() };
    let answer = setup.ask(&bob, "selfsubjectreviews", "", json!({})).await.unwrap();
    assert_eq!(answer["status"]["userInfo"], json!({"username": "bob", "groups": ["system:authenticated"]}));
    let rules = setup.ask(&bob, "selfsubjectrulesreviews", "", json!({"namespace": "shop"})).await.unwrap();
    assert!(rules["status"]["nonResourceRules"].as_array().is_some_and(|rules| rules.len() == 2));
    assert_eq!(rules["status"]["resourceRules"][0]["verbs"], json!(["create"]));
}

#[tokio::test]
async fn access_reviews_pass_on_what_a_field_selector_demands() {
    let store: Arc<dyn Store> = cluster().await;
    let authorizer = Arc::new(NodeAuthorizer::new(store.clone(), &Kinds::builtin()));
    let review = AccessReview { authorizer, scope: Scope::Oneself };
    let kinds = Kinds::builtin();
    let ask = async |selector: Value| {
        let attributes = json!({"verb": "list", "resource": "pods", "fieldSelector": selector});
        let question = Question {
            kind: kinds.find("selfsubjectaccessreviews").unwrap(),
            target: &Target::default(),
            user: &kubelet("n1"),
            body: json!({"spec": {"resourceAttributes": attributes}}),
            parent: None,
            dry_run: false,
        };
        review.create(question).await.unwrap()["status"]["allowed"] == true
    };
    let requirement = |operator: &str, values: Value| json!({"requirements": [{"key": "spec.nodeName", "operator": operator, "values": values}]});
    assert!(ask(json!({"rawSelector": "spec.nodeName=n1,status.phase!=Failed"})).await);
    assert!(ask(requirement("In", json!(["n1"]))).await);
    for refused in [
        Value::Null,
        json!({"rawSelector": "spec.nodeName!=n1"}),
        json!({"rawSelector": "spec.nodeName=n2"}),
        requirement("In", json!(["n1", "n2"])),
        requirement("NotIn", json!(["n1"])),
    ] {
        assert!(!ask(refused.clone()).await, "{refused}");
    }
}
