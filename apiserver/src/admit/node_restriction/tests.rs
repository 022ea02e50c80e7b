use std::sync::Arc;

use kontiki_api::kind::Kinds;
use kontiki_api::request::{Target, User};
use kontiki_api::status::Status;
use kontiki_store::MemoryStore;
use serde_json::{Value, json};

use super::NodeRestriction;
use crate::admit::{Admission, Operation, Plugin};
use crate::authenticate::ISSUER;
use crate::authorize::{Attributes, Authorize, Decision};
use crate::fixture::{NOW, cluster, put};

/// Lets the kubelet ask for tokens of the account `till` for the audience `https://granted`.
struct Granted;

impl Authorize for Granted {
    fn authorize(&self, asked: &Attributes) -> Decision {
        let of_till = &*asked.namespace == "shop" && &*asked.name == "till";
        let granted = &*asked.verb == "request-serviceaccounts-token-audience" && &*asked.resource == "https://granted";
        if of_till && granted { Decision::Allow } else { Decision::NoOpinion(String::new()) }
    }
}

/// What the plug-in says to the kubelet of `n1` about a change of `object` of the kind `plural`.
fn judge(store: &MemoryStore, plural: &str, subresource: &str, old: Option<&Value>, object: Value) -> Result<(), Status> {
    let kinds = Kinds::builtin();
    let kind = kinds.find(plural).unwrap();
    let target = Target {
        plural: plural.into(),
        namespace: "shop".into(),
        name: "till".into(),
        subresource: subresource.into(),
        ..Target::default()
    };
    let user = User { name: "system:node:n1".into(), groups: vec!["system:nodes".into()], ..User::default() };
    let operation = if old.is_some() { Operation::Update } else { Operation::Create };
    let mut object = object;
    let mut admission = Admission::new(operation, kind, &target, &user, store, &mut object, NOW);
    admission.old = old;
    NodeRestriction(Arc::new(Granted)).validate(&mut admission)
}

fn object(api_version: &str, kind: &str, name: &str, spec: Value) -> Value {
    let metadata = json!({"name": name, "namespace": "shop", "uid": format!("uid-{name}")});
    json!({"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec})
}

fn of_cluster(api_version: &str, kind: &str, name: &str, spec: Value) -> Value {
    json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, "spec": spec})
}

/// Two pods of `till` on `n1`: one that mounts tokens and uses drivers that want some, one that does nothing of that.
async fn pods() -> Arc<MemoryStore> {
    let store = cluster().await;
    let token = |token: Value| json!({"sources": [{"serviceAccountToken": token}]});
    let busy = json!({"nodeName": "n1", "serviceAccountName": "till", "volumes": [
        {"name": "default", "projected": token(json!({"path": "token"}))},
        {"name": "own", "projected": token(json!({"path": "token", "audience": "vault"}))},
        {"name": "inline", "csi": {"driver": "inline.example.com"}},
        {"name": "data", "persistentVolumeClaim": {"claimName": "data"}},
        {"name": "scratch", "ephemeral": {"volumeClaimTemplate": {}}},
    ]});
    put(&*store, object("v1", "Pod", "busy", busy)).await;
    put(&*store, object("v1", "Pod", "idle", json!({"nodeName": "n1", "serviceAccountName": "till"}))).await;
    for (claim, volume) in [("data", "disk"), ("busy-scratch", "tmp")] {
        put(&*store, object("v1", "PersistentVolumeClaim", claim, json!({"volumeName": volume}))).await;
        let csi = json!({"csi": {"driver": format!("{volume}.example.com")}});
        put(&*store, of_cluster("v1", "PersistentVolume", volume, csi)).await;
    }
    for driver in ["inline", "disk", "tmp", "unused"] {
        let wants = json!({"tokenRequests": [{"audience": format!("for-{driver}")}]});
        put(&*store, of_cluster("storage.k8s.io/v1", "CSIDriver", &format!("{driver}.example.com"), wants)).await;
    }
    store
}

fn token(store: &MemoryStore, pod: &str, audiences: &[&str]) -> Result<(), Status> {
    let bound = json!({"kind": "Pod", "apiVersion": "v1", "name": pod, "uid": format!("uid-{pod}")});
    judge(store, "serviceaccounts", "token", None, json!({"spec": {"audiences": audiences, "boundObjectRef": bound}}))
}

#[tokio::test]
async fn tokens_are_for_audiences_that_the_pod_asks_for() {
    let store = pods().await;
    for allowed in [&[][..], &[""], &["vault"], &["for-inline"], &["for-disk"], &["for-tmp"], &["https://granted"]] {
        token(&store, "busy", allowed).unwrap_or_else(|told| panic!("{allowed:?}: {told}"));
    }
    for refused in ["other", ISSUER, "for-unused"] {
        let told = token(&store, "busy", &[refused]).unwrap_err();
        let why = "not found in pod spec volume, system:node:n1 is not authorized to request tokens for this audience";
        assert_eq!(told.message, format!("serviceaccounts \"till\" is forbidden: audience {refused:?} {why}"));
    }
    assert!(token(&store, "idle", &[]).is_err(), "nothing of this pod wants a token");
    assert!(token(&store, "idle", &["vault"]).is_err(), "another pod's audience");
    token(&store, "idle", &["https://granted"]).unwrap();
    let two = token(&store, "busy", &["vault", "for-disk"]).unwrap_err();
    assert!(two.message.ends_with("node may only request 0 or 1 audiences"), "{two}");
}

#[tokio::test]
async fn of_a_claim_a_node_tells_sizes_and_conditions_alone() {
    let store = cluster().await;
    let mut old = object("v1", "PersistentVolumeClaim", "data", json!({"volumeName": "disk"}));
    old["status"] = json!({"phase": "Bound", "capacity": {"storage": "1Gi"}});
    let write = |change: &dyn Fn(&mut Value)| {
        let mut new = old.clone();
        change(&mut new);
        judge(&store, "persistentvolumeclaims", "status", Some(&old), new)
    };
    write(&|claim| {
        claim["status"]["capacity"] = json!({"storage": "2Gi"});
        claim["status"]["conditions"] = json!([{"type": "FileSystemResizePending", "status": "True"}]);
        claim["status"]["allocatedResources"] = json!({"storage": "2Gi"});
        claim["status"]["allocatedResourceStatuses"] = json!({"storage": "NodeResizePending"});
        claim["metadata"]["managedFields"] = json!([{"manager": "kubelet"}]);
        claim["metadata"]["resourceVersion"] = json!("7");
        claim["metadata"]["labels"] = json!({});
    })
    .unwrap();
    let refused: [&dyn Fn(&mut Value); 5] = [
        &|claim| claim["metadata"]["labels"] = json!({"a": "b"}),
        &|claim| claim["metadata"]["finalizers"] = json!(["a/b"]),
        &|claim| claim["metadata"]["ownerReferences"] = json!([{"name": "x"}]),
        &|claim| claim["spec"]["volumeName"] = json!("other"),
        &|claim| claim["status"]["phase"] = json!("Lost"),
    ];
    for change in refused {
        let told = write(change).unwrap_err();
        let why = r#"node "n1" is not allowed to update fields other than status.capacity and status.conditions"#;
        assert!(told.message.contains(why), "{told}");
    }
}

#[tokio::test]
async fn a_node_does_not_say_which_resource_claims_its_pods_have() {
    let store = cluster().await;
    let old = object("v1", "Pod", "p", json!({"nodeName": "n1"}));
    let mut new = old.clone();
    new["status"] = json!({"phase": "Running"});
    judge(&store, "pods", "status", Some(&old), new.clone()).unwrap();
    for (field, value) in [
        ("resourceClaimStatuses", json!([{"name": "a", "resourceClaimName": "b"}])),
        ("extendedResourceClaimStatus", json!({"resourceClaimName": "b"})),
    ] {
        let mut new = new.clone();
        new["status"][field] = value;
        assert!(judge(&store, "pods", "status", Some(&old), new).is_err(), "{field}");
    }
}
