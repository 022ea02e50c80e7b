//! A kubelet writes its own objects only.

use async_trait::async_trait;
use kontiki_api::meta::Key;
use kontiki_api::status::Status;
use serde_json::Value;

use super::fields::{items, text};
use super::{Admission, Operation, Plugin};
use crate::authorize::node_of;

const RESERVED_LABELS: &str = "node-restriction.kubernetes.io";

/// Narrows what the Node authorizer allows: a kubelet writes its own Node, Lease and CSINode, and pods bound to it.
pub(super) struct NodeRestriction;

#[async_trait]
impl Plugin for NodeRestriction {
    fn name(&self) -> &'static str {
        "NodeRestriction"
    }

    async fn validate(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        let Some(node) = node_of(admission.user).map(str::to_owned) else { return Ok(()) };
        let refused = match (&*admission.kind.group, &*admission.kind.plural) {
            ("", "pods") => pod(admission, &node),
            ("", "nodes") => own_node(admission, &node),
            ("coordination.k8s.io", "leases") => lease(admission, &node),
            ("storage.k8s.io", "csinodes") if admission.name() != node => {
                Some("can only access CSINode with the same name as the requesting node".into())
            }
            _ => None,
        };
        refused.map_or(Ok(()), |why| Err(admission.forbidden(&why)))
    }
}

fn pod(admission: &Admission<'_>, node: &str) -> Option<String> {
    if &*admission.target.subresource == "eviction" {
        return evicted(admission, node);
    }
    let object = admission.old.unwrap_or(admission.object);
    let bound = text(object, "/spec/nodeName");
    if bound != node {
        return Some(format!("node {node:?} can only write pods with spec.nodeName set to itself"));
    }
    if !admission.creates("", "pods") {
        return None;
    }
    let mirror = object.pointer("/metadata/annotations/kubernetes.io~1config.mirror").is_some();
    let account = !text(object, "/spec/serviceAccountName").is_empty();
    let refers = items(object, "/spec/volumes").iter().any(refers);
    (!mirror || account || refers).then(|| format!("node {node:?} can only create mirror pods that refer to no API object"))
}

fn evicted(admission: &Admission<'_>, node: &str) -> Option<String> {
    let pod = admission.store.get(&Key::new("pods", admission.target.namespace.clone(), admission.name()))?;
    let own = text(&pod.to_value(), "/spec/nodeName") == node;
    (!own).then(|| format!("node {node:?} can only evict pods with spec.nodeName set to itself"))
}

fn refers(volume: &Value) -> bool {
    ["secret", "configMap", "persistentVolumeClaim", "projected"].iter().any(|source| volume.get(*source).is_some())
}

fn own_node(admission: &Admission<'_>, node: &str) -> Option<String> {
    if admission.name() != node {
        return Some(format!("node {node:?} is not allowed to modify node {:?}", admission.name()));
    }
    let old = admission.old.unwrap_or(&Value::Null);
    if admission.operation == Operation::Delete {
        return None;
    }
    let labels = |object: &Value| -> Vec<(String, Value)> {
        let all = object.pointer("/metadata/labels").and_then(Value::as_object).into_iter().flatten();
        all.filter(|(name, _)| is_reserved(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
    };
    if labels(admission.object) != labels(old) {
        return Some(format!("is not allowed to modify labels of {RESERVED_LABELS}"));
    }
    let taints = |object: &Value| items(object, "/spec/taints").to_vec();
    let changed = admission.operation == Operation::Update && taints(admission.object) != taints(old);
    changed.then(|| format!("node {node:?} is not allowed to modify taints"))
}

fn is_reserved(label: &str) -> bool {
    let domain = label.split_once('/').map_or("", |(domain, _)| domain);
    domain == RESERVED_LABELS || domain.strip_suffix(RESERVED_LABELS).is_some_and(|rest| rest.ends_with('.'))
}

fn lease(admission: &Admission<'_>, node: &str) -> Option<String> {
    let own = &*admission.target.namespace == "kube-node-lease" && admission.name() == node;
    (!own).then(|| "can only access node lease with the same name as the requesting node in kube-node-lease".into())
}
