//! Pods on the kubelet's node.

use kontiki_api::meta::Key;
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

/// Why the kubelet of `node` may not do this with a pod; `None` where it may.
pub(super) fn refused(admission: &Admission<'_>, node: &str) -> Option<String> {
    let own = |object: &Value| text(object, "/spec/nodeName") == node;
    match (&*admission.target.subresource, admission.operation) {
        ("", Operation::Create) => mirror(admission, node),
        ("", Operation::Delete) => (!admission.old.is_some_and(own))
            .then(|| format!("node {node:?} can only delete pods with spec.nodeName set to itself")),
        ("status", Operation::Update) => status(admission, node),
        ("eviction", _) => evicted(admission)
            .filter(|pod| !own(pod))
            .map(|_| format!("node {node:?} can only evict pods with spec.nodeName set to itself")),
        ("", _) => Some(format!("unexpected operation, node {node:?} can only create and delete mirror pods")),
        (other, _) => Some(format!("unexpected pod subresource {other:?}, only 'status' and 'eviction' are allowed")),
    }
}

fn evicted(admission: &Admission<'_>) -> Option<Value> {
    let key = Key::new("pods", admission.target.namespace.clone(), admission.name());
    admission.store.get(&key).map(|pod| pod.to_value())
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
fn mirror(admission: &Admission<'_>, node: &str) -> Option<String> {
    let pod = &*admission.object;
    let only = |what: &str| Some(format!("node {node:?} can only create pods with {what}"));
    if pod.pointer("/metadata/annotations/kubernetes.io~1config.mirror").is_none() {
        return Some(format!(
            "pod does not have \"kubernetes.io/config.mirror\" annotation, node {node:?} can only create mirror pods"
        ));
    }
    if text(pod, "/spec/nodeName") != node {
        return only("spec.nodeName set to itself");
    }
    let [owner] = items(pod, "/metadata/ownerReferences") else { return only("an owner reference set to itself") };
    let is_node = text(owner, "/apiVersion") == "v1" && text(owner, "/kind") == "Node" && text(owner, "/name") == node;
    if !is_node {
        return only("an owner reference set to itself");
    }
    if owner.get("controller").and_then(Value::as_bool) != Some(true) {
        return only("a controller owner reference set to itself");
    }
    if owner.get("blockOwnerDeletion").and_then(Value::as_bool) == Some(true) {
        return Some(format!("node {node:?} must not set blockOwnerDeletion on an owner reference"));
    }
    let found = admission.store.get(&Key::new("nodes", "", node));
    if found.is_none_or(|found| *found.head.uid != *text(owner, "/uid")) {
        return Some(format!("node {node} UID mismatch"));
    }
    refers(pod, node)
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
