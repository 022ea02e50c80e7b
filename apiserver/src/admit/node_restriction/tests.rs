use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kontiki_api::kind::Kinds;
use kontiki_api::request::{Target, User};
use kontiki_api::status::{Reason, Status};
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
    judge_named(store, "till", plural, subresource, old, object)
}

/// The same about the object `name`.
fn judge_named(
    store: &MemoryStore,
    name: &str,
    plural: &str,
    subresource: &str,
    old: Option<&Value>,
    object: Value,
) -> Result<(), Status> {
    let kinds = Kinds::builtin();
    let kind = kinds.find(plural).unwrap();
    let target = Target {
        plural: plural.into(),
        namespace: "shop".into(),
        name: name.into(),
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

/// Asks for a certificate with these common names.
fn signing_request(signer: &str, names: &[&str]) -> Value {
    let mut parameters = rcgen::CertificateParams::default();
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    for (at, name) in names.iter().enumerate() {
        let kind = if at == 0 { rcgen::DnType::CommonName } else { rcgen::DnType::CustomDnType(vec![2, 5, 4, 3]) };
        parameters.distinguished_name.push(kind, *name);
    }
    let pem = parameters.serialize_request(&rcgen::KeyPair::generate().unwrap()).unwrap().pem().unwrap();
    let spec = json!({"signerName": signer, "request": STANDARD.encode(pem)});
    of_cluster("certificates.k8s.io/v1", "CertificateSigningRequest", "r", spec)
}

#[tokio::test]
async fn a_kubelet_asks_for_certificates_of_its_own_node_alone() {
    let store = cluster().await;
    let ask = |request: Value| judge(&store, "certificatesigningrequests", "", None, request);
    for signer in ["kubernetes.io/kubelet-serving", "kubernetes.io/kube-apiserver-client-kubelet"] {
        ask(signing_request(signer, &["system:node:n1"])).unwrap();
        for names in [&["system:node:n2"][..], &["admin"], &[], &["system:node:n1", "system:node:n2"]] {
            let told = ask(signing_request(signer, names)).unwrap_err();
            assert!(told.message.ends_with("can only create a node CSR with CN=system:node:n1"), "{names:?}: {told}");
        }
        let broken = of_cluster("certificates.k8s.io/v1", "CertificateSigningRequest", "r", json!({"signerName": signer}));
        assert!(ask(broken).unwrap_err().message.contains("unable to parse csr: "));
    }
    ask(signing_request("example.com/ours", &["system:node:n2"])).unwrap();
}

#[tokio::test]
async fn a_kubelet_is_told_what_a_mirror_pod_lacks() {
    let store = cluster().await;
    let make = |owners: Value| {
        let mut pod = object("v1", "Pod", "p", json!({"nodeName": "n1"}));
        pod["metadata"]["annotations"] = json!({"kubernetes.io/config.mirror": "x"});
        pod["metadata"]["ownerReferences"] = owners;
        judge(&store, "pods", "", None, pod)
    };
    let owner = |uid: &str| json!({"apiVersion": "v1", "kind": "Node", "name": "n1", "uid": uid, "controller": true});
    let told = make(json!([owner("u")])).unwrap_err();
    assert_eq!((told.reason, &*told.message), (Reason::NotFound, "nodes \"n1\" not found"));
    put(&*store, json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1", "uid": "u"}})).await;
    make(json!([owner("u")])).unwrap();
    for (owners, why) in [
        (json!([owner("v")]), "node n1 UID mismatch: expected v got u"),
        (json!([]), "node \"n1\" can only create pods with an owner reference set to itself"),
        (json!([owner("u"), owner("u")]), "node \"n1\" can only create pods with a single owner reference set to itself"),
    ] {
        let told = make(owners).unwrap_err().message;
        assert!(told.ends_with(why), "{told}");
    }
}

#[tokio::test]
async fn a_mirror_pod_refers_to_nothing_of_the_cluster() {
    let store = cluster().await;
    put(&*store, json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1", "uid": "u"}})).await;
    let make = |spec: Value| {
        let mut pod = object("v1", "Pod", "p", spec);
        pod["spec"]["nodeName"] = json!("n1");
        pod["metadata"]["annotations"] = json!({"kubernetes.io/config.mirror": "x"});
        let owner = json!({"apiVersion": "v1", "kind": "Node", "name": "n1", "uid": "u", "controller": true});
        pod["metadata"]["ownerReferences"] = json!([owner]);
        judge(&store, "pods", "", None, pod)
    };
    let volume = |source: &str, of: Value| json!({"volumes": [{"name": "h", "hostPath": {}}, {"name": "v", source: of}]});
    let projected = |source: &str| volume("projected", json!({"sources": [{"downwardAPI": {}}, {source: {}}]}));
    let env = |variable: Value| json!({"containers": [{"env": [variable]}]});
    make(projected("downwardAPI")).unwrap();
    make(volume("emptyDir", json!({}))).unwrap();
    for (spec, what) in [
        (json!({"serviceAccountName": "a"}), "serviceaccounts"),
        (volume("secret", json!({"secretName": "s"})), "secrets"),
        (env(json!({"valueFrom": {"secretKeyRef": {"name": "s"}}})), "secrets"),
        (env(json!({"valueFrom": {"configMapKeyRef": {"name": "s"}}})), "configmaps"),
        (json!({"imagePullSecrets": [{"name": "s"}]}), "secrets"),
        (json!({"resourceClaims": [{"name": "c"}]}), "resourceclaims"),
        (volume("csi", json!({"driver": "d"})), "csidrivers (via CSI volumes)"),
        (volume("ephemeral", json!({})), "persistentvolumeclaims (via ephemeral volumes)"),
        (volume("persistentVolumeClaim", json!({})), "persistentvolumeclaims"),
        (projected("serviceAccountToken"), "serviceaccounts (via projected volumes)"),
        (projected("secret"), "secrets (via projected volumes)"),
        (projected("clusterTrustBundle"), "clustertrustbundles"),
        (projected("podCertificate"), "podcertificates"),
    ] {
        let told = make(spec).unwrap_err().message;
        assert!(told.ends_with(&format!("can not create pods that reference {what}")), "{what}: {told}");
    }
}

#[tokio::test]
async fn a_kubelet_is_told_what_it_may_not_do() {
    let store = pods().await;
    let busy = object("v1", "Pod", "busy", json!({"nodeName": "n1"}));
    let told = |result: Result<(), Status>| result.unwrap_err();
    let changed = told(judge(&store, "pods", "", Some(&busy), busy.clone())).message;
    assert!(
        changed.ends_with("unexpected operation \"UPDATE\", node \"n1\" can only create and delete mirror pods"),
        "{changed}"
    );
    let missing = told(judge(&store, "pods", "eviction", None, json!({})));
    assert_eq!((missing.reason, &*missing.message), (Reason::NotFound, "pods \"till\" not found"));
    let of_missing = told(token(&store, "gone", &[]));
    assert_eq!((of_missing.reason, &*of_missing.message), (Reason::NotFound, "pods \"gone\" not found"));
    let bound = json!({"kind": "Pod", "apiVersion": "v1", "name": "busy", "uid": "other"});
    let again = told(judge(&store, "serviceaccounts", "token", None, json!({"spec": {"boundObjectRef": bound}}))).message;
    assert!(again.ends_with("in record. The object might have been deleted and then recreated"), "{again}");
    let node = |labels: Value| json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1", "labels": labels}});
    let admission = |old: Option<&Value>, new: Value| judge_named(&store, "n1", "nodes", "", old, new);
    let labelled = told(admission(None, node(json!({"kubernetes.io/a": "b"})))).message;
    assert!(labelled.ends_with("node \"n1\" is not allowed to set the following labels: kubernetes.io/a"), "{labelled}");
    let slice = |node: &str| of_cluster("resource.k8s.io/v1", "ResourceSlice", "s", json!({"nodeName": node}));
    let slices = told(judge(&store, "resourceslices", "", None, slice("n2"))).message;
    assert!(slices.ends_with("can only create ResourceSlice with the same NodeName as the requesting node"), "{slices}");
}
