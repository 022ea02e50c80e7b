//! Pods on the kubelet's node.

use kontiki_api::meta::Key;
use kontiki_api::status::Status;
use serde_json::Value;

use crate::admit::fields::{items, text};
use crate::admit::{Admission, Operation};

/// What a mirror pod may not refer to: the volume's source and its name in refusals.
const REFERRED: [(&str, &str); 4] = [
    ("secret", "secrets"),
    ("configMap", "configmaps"),
    ("persistentVolumeClaim", "persistentvolumeclaims"),
    ("projected", "projected volumes"),
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
    refers(pod, node).map_or(Ok(()), refuse)
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

fn refers(pod: &Value, node: &str) -> Option<String> {
    let none = |what: &str| Some(format!("node {node:?} can not create pods that reference {what}"));
    if !text(pod, "/spec/serviceAccountName").is_empty() {
        return none("a service account");
    }
    let volumes = items(pod, "/spec/volumes");
    let source = REFERRED.iter().find(|(source, _)| volumes.iter().any(|volume| volume.get(*source).is_some()));
    if let Some((_, what)) = source {
        return none(what);
    }
    if !items(pod, "/spec/resourceClaims").is_empty() {
        return none("resourceclaims");
    }
    let lists = ["/spec/containers", "/spec/initContainers"].into_iter().flat_map(|list| items(pod, list));
    let mut sources = lists.flat_map(|container| {
        let env = items(container, "/env").iter().filter_map(|variable| variable.get("valueFrom"));
        env.chain(items(container, "/envFrom"))
    });
    let names = |source: &Value| {
        ["secretKeyRef", "configMapKeyRef", "secretRef", "configMapRef"].iter().any(|of| source.get(*of).is_some())
    };
    if sources.any(names) { none("secrets or configmaps") } else { None }
}
