use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kontiki_api::kind::Kinds;
use kontiki_api::request::{Target, User};
use kontiki_api::status::{Reason, Status};
use kontiki_store::{Precondition, Store};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{Admission, Operation, default_plugins};
use crate::authorize::Authorize;
use crate::authorize::rbac::Rbac;
use crate::fixture::{NOW, cluster, put};

struct Setup {
    store: Arc<dyn Store>,
    rbac: Rbac,
    user: User,
}

async fn setup() -> Setup {
    let store: Arc<dyn Store> = cluster().await;
    put(&*store, namespace("shop", None)).await;
    put(&*store, account("default", json!({}))).await;
    let rbac = Rbac::start(store.clone(), CancellationToken::new());
    Setup { store, rbac, user: User { name: "bob".into(), ..User::default() } }
}

fn namespace(name: &str, deleted: Option<&str>) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "deletionTimestamp": deleted}})
}

fn account(name: &str, more: Value) -> Value {
    let mut account = more;
    account["apiVersion"] = json!("v1");
    account["kind"] = json!("ServiceAccount");
    account["metadata"] = json!({"name": name, "namespace": "shop"});
    account
}

fn pod(spec: Value) -> Value {
    let mut spec = spec;
    spec["containers"] = json!([{"name": "c"}]);
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "shop"}, "spec": spec})
}

impl Setup {
    fn node(self, name: &str) -> Self {
        let user = User { name: format!("system:node:{name}").into(), groups: vec!["system:nodes".into()], ..User::default() };
        Self { user, ..self }
    }

    async fn admit(&self, operation: Operation, object: Value) -> Result<(Value, Vec<Precondition>), Status> {
        self.ask(operation, "", None, object).await
    }

    async fn update(&self, subresource: &str, old: Value, new: Value) -> Result<Value, Status> {
        self.ask(Operation::Update, subresource, Some(old), new).await.map(|(object, _)| object)
    }

    async fn ask(
        &self,
        operation: Operation,
        subresource: &str,
        old: Option<Value>,
        object: Value,
    ) -> Result<(Value, Vec<Precondition>), Status> {
        let kinds = Kinds::builtin();
        let kind = kinds.by_kind(object["apiVersion"].as_str().unwrap(), object["kind"].as_str().unwrap()).unwrap();
        let text = |name: &str| object["metadata"][name].as_str().unwrap_or_default().into();
        let target = Target {
            group: kind.group.clone(),
            version: kind.version.clone(),
            plural: kind.plural.clone(),
            namespace: text("namespace"),
            name: text("name"),
            subresource: subresource.into(),
        };
        let mut object = object;
        let mut admission = Admission {
            subject: None,
            operation,
            kind,
            target: &target,
            user: &self.user,
            object: &mut object,
            old: old.as_ref(),
            now: NOW,
            dry_run: false,
            again: false,
            store: &*self.store,
            preconditions: Vec::new(),
            reserves: Vec::new(),
            changes: Vec::new(),
            holds: Vec::new(),
            warnings: Vec::new(),
        };
        let authorizer: Arc<dyn Authorize> = Arc::new(self.rbac.clone());
        let plugins = default_plugins(self.rbac.clone(), authorizer);
        for plugin in &plugins {
            plugin.mutate(&mut admission)?;
        }
        for plugin in &plugins {
            plugin.validate(&mut admission)?;
        }
        let preconditions = admission.preconditions;
        Ok((object, preconditions))
    }

    async fn create(&self, object: Value) -> Result<Value, Status> {
        self.admit(Operation::Create, object).await.map(|(object, _)| object)
    }
}

#[tokio::test]
async fn a_pod_gets_account_token_tolerations_and_priority() {
    let setup = setup().await;
    let (pod, preconditions) = setup.admit(Operation::Create, pod(json!({}))).await.unwrap();
    let spec = &pod["spec"];
    assert_eq!((&spec["serviceAccountName"], &spec["serviceAccount"]), (&json!("default"), &json!("default")));
    let volume = spec["volumes"][0]["name"].as_str().unwrap();
    assert!(volume.starts_with("kube-api-access-") && volume.len() == 21, "{volume}");
    assert_eq!(spec["containers"][0]["volumeMounts"][0]["name"], volume);
    assert_eq!(spec["volumes"][0]["projected"]["sources"].as_array().unwrap().len(), 3);
    assert_eq!(spec["tolerations"].as_array().unwrap().len(), 2);
    assert_eq!((&spec["priority"], &spec["preemptionPolicy"]), (&json!(0), &json!("PreemptLowerPriority")));
    assert_eq!(preconditions.len(), 1, "the namespace must not have changed meanwhile");
}

#[tokio::test]
async fn the_pods_word_on_its_token_goes_before_the_accounts() {
    let setup = setup().await;
    put(&*setup.store, account("quiet", json!({"automountServiceAccountToken": false, "imagePullSecrets": [{"name": "s"}]})))
        .await;
    let quiet = setup.create(pod(json!({"serviceAccountName": "quiet"}))).await.unwrap();
    assert_eq!((quiet["spec"].get("volumes"), &quiet["spec"]["imagePullSecrets"]), (None, &json!([{"name": "s"}])));
    let asked = json!({"serviceAccountName": "quiet", "automountServiceAccountToken": true});
    assert!(setup.create(pod(asked)).await.unwrap()["spec"].get("volumes").is_some());
    let declined = setup.create(pod(json!({"automountServiceAccountToken": false}))).await.unwrap();
    assert_eq!(declined["spec"].get("volumes"), None);
}

#[tokio::test]
async fn a_pod_of_an_account_that_is_not_there_is_refused() {
    let refused = setup().await.create(pod(json!({"serviceAccountName": "x"}))).await.unwrap_err();
    assert_eq!(refused.reason, Reason::Forbidden);
    assert!(refused.message.contains(r#"error looking up service account shop/x: serviceaccount "x" not found"#));
}

#[tokio::test]
async fn a_mirror_pod_refers_to_no_account_secret_or_token() {
    let setup = setup().await;
    let mirror = |spec: Value| {
        let mut mirror = pod(spec);
        mirror["metadata"]["annotations"] = json!({"kubernetes.io/config.mirror": "x"});
        mirror
    };
    setup.create(mirror(json!({"volumes": [{"name": "v", "emptyDir": {}}]}))).await.unwrap();
    let volume = |source: Value| json!({"volumes": [source]});
    let token = json!({"name": "v", "projected": {"sources": [{"serviceAccountToken": {"path": "t"}}]}});
    for (spec, why) in [
        (json!({"serviceAccountName": "default"}), "a mirror pod may not reference service accounts"),
        (json!({"imagePullSecrets": [{"name": "s"}]}), "a mirror pod may not reference secrets"),
        (volume(json!({"name": "v", "secret": {"secretName": "s"}})), "a mirror pod may not reference secrets"),
        (volume(json!({"name": "v", "cinder": {"secretRef": {"name": "s"}}})), "a mirror pod may not reference secrets"),
        (volume(token), "a mirror pod may not use ServiceAccountToken volume projections"),
    ] {
        let refused = setup.create(mirror(spec)).await.unwrap_err();
        assert!(refused.reason == Reason::Forbidden && refused.message.ends_with(why), "{refused}");
    }
}

/// An account whose pods may have the Secret `own` and pull with `pull`.
fn strict() -> Value {
    let mut strict = account("strict", json!({"secrets": [{"name": "own"}], "imagePullSecrets": [{"name": "pull"}]}));
    strict["metadata"]["annotations"] = json!({"kubernetes.io/enforce-mountable-secrets": "true"});
    strict
}

#[tokio::test]
async fn an_account_may_keep_other_secrets_from_its_pods() {
    let setup = setup().await;
    put(&*setup.store, strict()).await;
    let asking = |list: &str, secret: &str| {
        let mut asking = pod(json!({"serviceAccountName": "strict"}));
        let from = json!([{"name": "A", "valueFrom": {"secretKeyRef": {"name": secret, "key": "k"}}}]);
        asking["spec"][list] = json!([{"name": "c", "env": from}]);
        asking
    };
    let with = |field: &str, value: Value| {
        let mut with = pod(json!({"serviceAccountName": "strict"}));
        with["spec"][field] = value;
        with
    };
    let whole = json!([{"name": "c", "envFrom": [{"secretRef": {"name": "x"}}]}]);
    let why = "is not allowed because service account strict does not reference that";
    for (pod, what) in [
        (with("volumes", json!([{"name": "v", "secret": {"secretName": "x"}}])), "volume with secret.secretName=\"x\""),
        (asking("initContainers", "x"), "init container c with envVar A referencing secret.secretName=\"x\""),
        (asking("containers", "x"), "container c with envVar A referencing secret.secretName=\"x\""),
        (with("containers", whole), "container c with envFrom referencing secret.secretName=\"x\""),
        (with("imagePullSecrets", json!([{"name": "own"}])), "imagePullSecrets[0].name=\"own\""),
    ] {
        let refused = setup.create(pod).await.unwrap_err();
        assert!(refused.message.contains(&format!("{what} {why}")), "{refused}");
    }
    let made = setup.create(asking("containers", "own")).await.unwrap();
    let debugged = |secret: &str| {
        let mut debugged = made.clone();
        debugged["spec"]["ephemeralContainers"] = asking("containers", secret)["spec"]["containers"].clone();
        debugged
    };
    setup.update("ephemeralcontainers", made.clone(), debugged("own")).await.unwrap();
    let refused = setup.update("ephemeralcontainers", made.clone(), debugged("x")).await.unwrap_err();
    assert!(refused.message.contains("ephemeral container c with envVar A referencing secret.secretName=\"x\""), "{refused}");
}

#[tokio::test]
async fn a_pod_of_a_namespace_that_became_stricter_may_be_annotated() {
    let setup = setup().await;
    let mut old = pod(json!({"hostNetwork": true}));
    old["spec"]["containers"][0]["image"] = json!("i");
    let old = setup.create(old).await.unwrap();
    let mut strict = namespace("shop", None);
    strict["metadata"]["labels"] = json!({"pod-security.kubernetes.io/enforce": "baseline"});
    put(&*setup.store, strict).await;
    let mut annotated = old.clone();
    annotated["metadata"]["annotations"] = json!({"a": "b"});
    setup.update("", old.clone(), annotated).await.unwrap();
    let mut other = old.clone();
    other["spec"]["containers"][0]["image"] = json!("j");
    let refused = setup.update("", old, other).await.unwrap_err();
    assert!(refused.message.contains("violates PodSecurity \"baseline:latest\": host namespaces"), "{refused}");
}

#[tokio::test]
async fn nothing_is_made_in_a_namespace_that_is_missing_or_going() {
    let setup = setup().await;
    let mut stray = pod(json!({}));
    stray["metadata"]["namespace"] = json!("nowhere");
    assert_eq!(setup.create(stray).await.unwrap_err().reason, Reason::NotFound);
    put(&*setup.store, namespace("shop", Some("2026-01-01T00:00:00Z"))).await;
    let refused = setup.create(pod(json!({}))).await.unwrap_err();
    assert_eq!((refused.reason, &*refused.details.causes[0].reason), (Reason::Forbidden, "NamespaceTerminating"));
    assert!(setup.admit(Operation::Delete, namespace("default", None)).await.is_err());
    assert!(setup.admit(Operation::Delete, namespace("shop", None)).await.is_ok());
}

#[tokio::test]
async fn storage_is_held_from_the_start() {
    let setup = setup().await;
    let object = |api_version: &str, kind: &str, finalizers: Value| json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "x", "namespace": "shop", "finalizers": finalizers}});
    for (api_version, kind, finalizer) in [
        ("v1", "PersistentVolumeClaim", "kubernetes.io/pvc-protection"),
        ("v1", "PersistentVolume", "kubernetes.io/pv-protection"),
        ("storage.k8s.io/v1", "VolumeAttributesClass", "kubernetes.io/vac-protection"),
    ] {
        let made = setup.create(object(api_version, kind, json!(["example.org/own"]))).await.unwrap();
        assert_eq!(made["metadata"]["finalizers"], json!(["example.org/own", finalizer]));
        let made = setup.create(object(api_version, kind, json!([finalizer]))).await.unwrap();
        assert_eq!(made["metadata"]["finalizers"], json!([finalizer]));
        let released = object(api_version, kind, Value::Null);
        let updated = setup.update("", object(api_version, kind, json!([finalizer])), released.clone()).await.unwrap();
        assert_eq!(updated, released, "only new objects get it");
    }
}

#[tokio::test]
async fn priorities_come_from_classes_alone() {
    let setup = setup().await;
    let critical = setup.create(pod(json!({"priorityClassName": "system-node-critical"}))).await.unwrap();
    assert_eq!(critical["spec"]["priority"], 2_000_001_000);
    for refused in [json!({"priorityClassName": "x"}), json!({"priority": 5})] {
        assert_eq!(setup.create(pod(refused)).await.unwrap_err().reason, Reason::Forbidden);
    }
    let class = |name: &str| {
        json!({"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass",
        "metadata": {"name": name}, "value": 7, "globalDefault": true})
    };
    put(&*setup.store, class("usual")).await;
    assert_eq!(setup.create(pod(json!({}))).await.unwrap()["spec"]["priorityClassName"], "usual");
    assert!(setup.create(class("another")).await.is_err());
}

#[tokio::test]
async fn a_kubelet_writes_its_own_objects_only() {
    let setup = setup().await.node("n1");
    let node = |name: &str| json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name, "uid": "u1"}});
    let lease = |name: &str| {
        json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
        "metadata": {"name": name, "namespace": "kube-node-lease"}})
    };
    assert!(setup.create(node("n1")).await.is_ok());
    assert!(setup.create(lease("n1")).await.is_ok());
    assert!(setup.create(node("n2")).await.is_err());
    assert!(setup.create(lease("n2")).await.is_err());
    let own = pod(json!({"nodeName": "n1"}));
    assert!(setup.update("status", own.clone(), own.clone()).await.is_ok());
    let other = pod(json!({"nodeName": "n2"}));
    assert!(setup.update("status", other.clone(), other).await.is_err());
    assert!(setup.update("", own.clone(), own.clone()).await.is_err(), "only the status");
    let mut labelled = own.clone();
    labelled["metadata"]["labels"] = json!({"a": "b"});
    assert!(setup.update("status", own, labelled).await.is_err());
    let mut labelled = node("n1");
    labelled["metadata"]["labels"] = json!({"a.node-restriction.kubernetes.io/b": "c"});
    let told = setup.create(labelled).await.unwrap_err();
    assert!(told.message.contains("is not allowed to set the following labels: a.node-restriction"), "{told}");
    let mut tainted = node("n1");
    tainted["spec"] = json!({"taints": [{"key": "a", "effect": "NoSchedule"}]});
    assert!(setup.update("", node("n1"), tainted).await.unwrap_err().message.contains("not allowed to modify taints"));
}

#[tokio::test]
async fn a_kubelet_makes_mirror_pods_that_belong_to_its_node_and_refer_to_nothing() {
    let setup = setup().await.node("n1");
    put(&*setup.store, json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1", "uid": "u1"}})).await;
    let mirror = |owner: Value| {
        let mut mirror = pod(json!({"nodeName": "n1"}));
        mirror["metadata"]["annotations"] = json!({"kubernetes.io/config.mirror": "x"});
        mirror["metadata"]["ownerReferences"] = owner;
        mirror
    };
    let owner = |uid: &str| json!([{"apiVersion": "v1", "kind": "Node", "name": "n1", "uid": uid, "controller": true}]);
    setup.create(mirror(owner("u1"))).await.unwrap();
    for (wrong, why) in [
        (pod(json!({"nodeName": "n1"})), "can only create mirror pods"),
        (mirror(json!([])), "with an owner reference set to itself"),
        (mirror(owner("u2")), "UID mismatch"),
    ] {
        let told = setup.create(wrong).await.unwrap_err();
        assert!(told.message.contains(why), "{told}");
    }
    let mut refers = mirror(owner("u1"));
    refers["spec"]["volumes"] = json!([{"name": "v", "configMap": {"name": "m"}}]);
    assert!(setup.create(refers).await.unwrap_err().message.contains("can not create pods that reference configmaps"));
}

#[tokio::test]
async fn a_new_node_takes_no_pods_before_it_is_ready() {
    let setup = setup().await;
    let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}});
    let taints = setup.create(node).await.unwrap()["spec"]["taints"].clone();
    assert_eq!(taints, json!([{"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}]));
}

#[tokio::test]
async fn an_ingress_without_a_class_gets_the_default_one() {
    let setup = setup().await;
    let api = "networking.k8s.io/v1";
    let ingress =
        |spec: Value| json!({"apiVersion": api, "kind": "Ingress", "metadata": {"name": "i", "namespace": "shop"}, "spec": spec});
    assert_eq!(setup.create(ingress(json!({}))).await.unwrap()["spec"].get("ingressClassName"), None);
    let annotations = json!({"ingressclass.kubernetes.io/is-default-class": "true"});
    put(
        &*setup.store,
        json!({"apiVersion": api, "kind": "IngressClass", "metadata": {"name": "usual", "annotations": annotations}}),
    )
    .await;
    assert_eq!(setup.create(ingress(json!({}))).await.unwrap()["spec"]["ingressClassName"], "usual");
    let own = setup.create(ingress(json!({"ingressClassName": "own"}))).await.unwrap();
    assert_eq!(own["spec"]["ingressClassName"], "own");
}

#[tokio::test]
async fn a_claim_grows_only_where_it_is_bound_and_its_class_allows_it() {
    let setup = setup().await;
    let class = |may: bool| {
        json!({"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass", "metadata": {"name": "disk"},
        "provisioner": "p", "allowVolumeExpansion": may})
    };
    let claim = |size: &str, phase: &str| {
        json!({"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "c", "namespace": "shop"},
        "spec": {"storageClassName": "disk", "resources": {"requests": {"storage": size}}}, "status": {"phase": phase}})
    };
    let grow = |phase: &str| (claim("1Gi", phase), claim("2Gi", phase));
    let told = |result: Result<Value, Status>| result.unwrap_err().message;
    let (old, new) = grow("Bound");
    assert!(told(setup.update("", old.clone(), new.clone()).await).contains("only dynamically provisioned pvc"));
    put(&*setup.store, class(false)).await;
    assert!(setup.update("", old.clone(), new.clone()).await.is_err());
    put(&*setup.store, class(true)).await;
    setup.update("", old, new).await.unwrap();
    let (old, new) = grow("Pending");
    assert!(told(setup.update("", old, new).await).contains("Only bound persistent volume claims"));
    setup.update("", claim("1024Mi", "Pending"), claim("1Gi", "Pending")).await.unwrap();
}

#[tokio::test]
async fn certificates_are_approved_and_signed_by_those_who_may_use_the_signer() {
    let setup = setup().await;
    let request = |status: Value| {
        json!({"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest", "metadata": {"name": "r"},
        "spec": {"signerName": "example.com/ours"}, "status": status})
    };
    let approved = json!({"conditions": [{"type": "Approved", "status": "True"}]});
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::default().self_signed(&key).unwrap().pem();
    let issued = json!({"certificate": STANDARD.encode(certificate)});
    let told = setup.update("approval", request(json!({})), request(approved.clone())).await.unwrap_err();
    assert!(told.message.contains(r#"user not permitted to approve requests with signerName "example.com/ours""#), "{told}");
    let told = setup.update("status", request(json!({})), request(issued.clone())).await.unwrap_err();
    assert!(told.message.contains("user not permitted to sign"), "{told}");
    setup.update("status", request(issued.clone()), request(issued.clone())).await.unwrap();
    let group = "rbac.authorization.k8s.io";
    let api_version = format!("{group}/v1");
    let rules = json!([{"apiGroups": ["certificates.k8s.io"], "resources": ["signers"], "resourceNames": ["example.com/*"], "verbs": ["approve", "sign"]}]);
    put(&*setup.store, json!({"apiVersion": api_version, "kind": "ClusterRole", "metadata": {"name": "signs"}, "rules": rules}))
        .await;
    put(
        &*setup.store,
        json!({"apiVersion": api_version, "kind": "ClusterRoleBinding", "metadata": {"name": "signs"},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "signs"},
        "subjects": [{"kind": "User", "apiGroup": group, "name": "bob"}]}),
    )
    .await;
    while setup.update("approval", request(json!({})), request(approved.clone())).await.is_err() {
        tokio::task::yield_now().await;
    }
    setup.update("status", request(json!({})), request(issued)).await.unwrap();
}

#[tokio::test]
async fn nobody_asks_for_a_client_certificate_of_the_masters() {
    let setup = setup().await;
    let ask = |organization: &str| {
        let mut parameters = rcgen::CertificateParams::default();
        parameters.distinguished_name = rcgen::DistinguishedName::new();
        parameters.distinguished_name.push(rcgen::DnType::CommonName, "eve");
        parameters.distinguished_name.push(rcgen::DnType::OrganizationName, organization);
        let pem = parameters.serialize_request(&rcgen::KeyPair::generate().unwrap()).unwrap().pem().unwrap();
        json!({"apiVersion": "certificates.k8s.io/v1", "kind": "CertificateSigningRequest", "metadata": {"name": "r"},
            "spec": {"signerName": "kubernetes.io/kube-apiserver-client", "request": STANDARD.encode(pem)}})
    };
    setup.create(ask("staff")).await.unwrap();
    let told = setup.create(ask("system:masters")).await.unwrap_err();
    assert!(told.message.contains("with system:masters group is not allowed"), "{told}");
}

#[tokio::test]
async fn nobody_gives_away_rights_they_do_not_have() {
    let setup = setup().await;
    let group = "rbac.authorization.k8s.io";
    let api_version = format!("{group}/v1");
    let role = |verb: &str| {
        json!({"apiVersion": api_version, "kind": "Role", "metadata": {"name": "r", "namespace": "shop"},
        "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": [verb]}]})
    };
    let binding = |name: &str, role: &str| {
        json!({"apiVersion": api_version, "kind": "RoleBinding",
        "metadata": {"name": name, "namespace": "shop"}, "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": role},
        "subjects": [{"kind": "User", "apiGroup": group, "name": "bob"}]})
    };
    assert_eq!(setup.create(role("get")).await.unwrap_err().reason, Reason::Forbidden);
    assert!(setup.create(binding("b", "view")).await.is_err());
    put(&*setup.store, binding("given", "view")).await;
    while setup.create(role("get")).await.is_err() {
        tokio::task::yield_now().await;
    }
    assert!(setup.create(role("delete")).await.is_err());
    assert!(setup.create(binding("b", "view")).await.is_ok());
    assert!(setup.create(binding("b", "edit")).await.is_err());
    assert_eq!(setup.create(binding("b", "missing")).await.unwrap_err().reason, Reason::NotFound);
    let master = Setup { user: User { groups: vec!["system:masters".into()], ..User::default() }, ..setup };
    assert!(master.create(binding("b", "cluster-admin")).await.is_ok());
}
