//! Pods on the kubelet's node.

use kontiki_api::meta::Key;
use kontiki_api::status::Status;
use serde_json::Value;

use crate::admit::fields::{items, text};
use crate::admit::{Admission, Operation};
use crate::authorize::Referred;

/// The volumes that a mirror pod may not have: their source, and what they refer to in the words of refusals.
const VOLUMES: [(&str, &str); 7] = [
    ("configMap", "configmaps (via configmap volumes)"),
    ("secret", "secrets (via secret volumes)"),
    ("csi", "csidrivers (via CSI volumes)"),
    ("glusterfs", "endpoints (via glusterFS volumes)"),
    ("persistentVolumeClaim", "persistentvolumeclaims"),
    ("ephemeral", "persistentvolumeclaims (via ephemeral volumes)"),
    ("azureFile", "secrets (via azureFile volumes)"),
];

/// The same of the sources of a projected volume.
const PROJECTED: [(&str, &str); 5] = [
    ("configMap", "configmaps (via projected volumes)"),
    ("secret", "secrets (via projected volumes)"),
    ("serviceAccountToken", "serviceaccounts (via projected volumes)"),
    ("clusterTrustBundle", "clustertrustbundles"),
    ("podCertificate", "podcertificates"),
];

/// Lets the kubelet of `node` make mirror pods, tell the status of pods that run there, and end them.
///
/// # Errors
/// 403 for anything else, 404 where the pod to evict, or the node that owns a mirror pod, is not there.
pub(super) fn judge(admission: &Admission<'_>, node: &str) -> Result<(), Status> {
    if (&*admission.target.subresource, admission.operation) == ("", Operation::Create) {
        return mirror(admission, node);
    }
    refused(admission, node)?.map_or(Ok(()), |why| Err(admission.forbidden(&why)))
}

fn refused(admission: &Admission<'_>, node: &str) -> Result<Option<String>, Status> {
    let own = |object: &Value| text(object, "/spec/nodeName") == node;
    let operation = admission.operation.as_str();
    let why = match (&*admission.target.subresource, admission.operation) {
        ("", Operation::Delete) => (!admission.old.is_some_and(own))
            .then(|| format!("node {node:?} can only delete pods with spec.nodeName set to itself")),
        ("", _) => Some(format!("unexpected operation {operation:?}, node {node:?} can only create and delete mirror pods")),
        ("status", Operation::Update) => status(admission, node),
        ("eviction", Operation::Create) => {
            (!own(&evicted(admission)?)).then(|| format!("node {node} can only evict pods with spec.nodeName set to itself"))
        }
        ("status", _) => Some(format!("unexpected operation {operation:?}")),
        ("eviction", _) => Some(format!("unexpected operation {operation}")),
        (other, _) => Some(format!("unexpected pod subresource {other:?}, only 'status' and 'eviction' are allowed")),
    };
    Ok(why)
}

fn evicted(admission: &Admission<'_>) -> Result<Value, Status> {
    let key = Key::new("pods", admission.target.namespace.clone(), admission.name());
    let pod = admission.store.get(&key).ok_or_else(|| Status::not_found("", "pods", admission.name()))?;
    Ok(pod.to_value())
}

fn status(admission: &Admission<'_>, node: &str) -> Option<String> {
    let old = admission.old?;
    if text(old, "/spec/nodeName") != node {
        return Some(format!("node {node:?} can only update pod status for pods with spec.nodeName set to itself"));
    }
    let labels = |object: &'_ Value| object.pointer("/metadata/labels").cloned().unwrap_or_default();
    if labels(old) != labels(admission.object) {
        return Some(format!("node {node:?} cannot update labels through pod status"));
    }
    // They tell which claims the node may read.
    let claims = |object: &'_ Value| {
        let extended = object.pointer("/status/extendedResourceClaimStatus").cloned().unwrap_or_default();
        (items(object, "/status/resourceClaimStatuses").to_vec(), extended)
    };
    (claims(old) != claims(admission.object)).then(|| format!("node {node:?} cannot update resource claim statues"))
}

/// A pod that the kubelet made from a file, told to the cluster: it belongs to its node and refers to nothing.
fn mirror(admission: &Admission<'_>, node: &str) -> Result<(), Status> {
    let pod = &*admission.object;
    let refuse = |why: String| Err(admission.forbidden(&why));
    if pod.pointer("/metadata/annotations/kubernetes.io~1config.mirror").is_none() {
        return refuse(format!(
            "pod does not have \"kubernetes.io/config.mirror\" annotation, node {node:?} can only create mirror pods"
        ));
    }
    let owners = items(pod, "/metadata/ownerReferences");
    let fault = (text(pod, "/spec/nodeName") != node).then_some("spec.nodeName set to itself");
    if let Some(what) = fault.or_else(|| not_owned(owners, node)) {
        return refuse(format!("node {node:?} can only create pods with {what}"));
    }
    if owners.iter().any(|owner| owner["blockOwnerDeletion"] == true) {
        return refuse(format!("node {node:?} must not set blockOwnerDeletion on an owner reference"));
    }
    let found = admission.store.get(&Key::new("nodes", "", node)).ok_or_else(|| Status::not_found("", "nodes", node))?;
    if let Some(owner) = owners.iter().find(|owner| *found.head.uid != *text(owner, "/uid")) {
        return refuse(format!("node {node} UID mismatch: expected {} got {}", text(owner, "/uid"), found.head.uid));
    }
    refers(pod).map_or(Ok(()), |what| refuse(format!("node {node:?} can not create pods that reference {what}")))
}

/// What is missing where the node is not the one that controls the pod.
fn not_owned(owners: &[Value], node: &str) -> Option<&'static str> {
    let [owner] = owners else {
        let several = "a single owner reference set to itself";
        return Some(if owners.is_empty() { "an owner reference set to itself" } else { several });
    };
    let is_node = text(owner, "/apiVersion") == "v1" && text(owner, "/kind") == "Node" && text(owner, "/name") == node;
    if !is_node {
        return Some("an owner reference set to itself");
    }
    (owner["controller"] != true).then_some("a controller owner reference set to itself")
}

/// What of the cluster the pod refers to, in upstream's order and words (`HasAPIObjectReference`); `None` for nothing.
fn refers(pod: &Value) -> Option<&'static str> {
    if !text(pod, "/spec/serviceAccountName").is_empty() {
        return Some("serviceaccounts");
    }
    let lists = ["/spec/containers", "/spec/initContainers"].into_iter().flat_map(|list| items(pod, list));
    let sources = lists.flat_map(|container| {
        let env = items(container, "/env").iter().filter_map(|variable| variable.get("valueFrom"));
        env.chain(items(container, "/envFrom"))
    });
    let sources: Vec<&Value> = sources.collect();
    for (kind, members, what) in [
        (Referred::Secret, ["secretKeyRef", "secretRef"], "secrets"),
        (Referred::ConfigMap, ["configMapKeyRef", "configMapRef"], "configmaps"),
    ] {
        let named = |source: &&Value| members.iter().any(|member| source.get(*member).is_some());
        if kind.is_any(pod, &|_| true) || sources.iter().any(named) {
            return Some(what);
        }
    }
    if !items(pod, "/spec/resourceClaims").is_empty() {
        return Some("resourceclaims");
    }
    let of = |value: &Value, table: &'static [(&str, &str)]| {
        table.iter().find(|(source, _)| value.get(*source).is_some_and(|source| !source.is_null())).map(|(_, what)| *what)
    };
    let projected = |volume: &Value| items(volume, "/projected/sources").iter().find_map(|source| of(source, &PROJECTED));
    items(pod, "/spec/volumes").iter().find_map(|volume| of(volume, &VOLUMES).or_else(|| projected(volume)))
}
