use std::sync::Arc;

use kontiki_api::kind::Kinds;
use kontiki_api::request::{Target, User};
use kontiki_api::status::{Reason, Status};
use kontiki_store::{Precondition, Store};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{Admission, Operation, default_plugins};
use crate::authorize::Authorize;
use crate::authorize::rbac::Rbac;
use crate::fixture::{cluster, put};

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
        let kinds = Kinds::builtin();
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
        let mut object = object;
        let mut admission = Admission {
            operation,
            kind,
            target: &target,
            user: &self.user,
            object: &mut object,
            old: None,
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
            plugin.mutate(&mut admission).await?;
        }
        for plugin in &plugins {
            plugin.validate(&mut admission).await?;
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
    let node = |name: &str| json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}});
    let lease = |name: &str| {
        json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
        "metadata": {"name": name, "namespace": "kube-node-lease"}})
    };
    assert!(setup.create(node("n1")).await.is_ok());
    assert!(setup.create(lease("n1")).await.is_ok());
    assert!(setup.admit(Operation::Update, pod(json!({"nodeName": "n1"}))).await.is_ok());
    assert!(setup.create(node("n2")).await.is_err());
    assert!(setup.create(lease("n2")).await.is_err());
    assert!(setup.admit(Operation::Update, pod(json!({"nodeName": "n2"}))).await.is_err());
    assert!(setup.create(pod(json!({"nodeName": "n1"}))).await.is_err(), "not a mirror pod");
    let mut labelled = node("n1");
    labelled["metadata"]["labels"] = json!({"a.node-restriction.kubernetes.io/b": "c"});
    assert!(setup.create(labelled).await.is_err());
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
