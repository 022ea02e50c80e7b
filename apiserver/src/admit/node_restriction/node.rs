//! The kubelet's own Node.

use serde_json::Value;

use super::labels::forbidden;
use crate::admit::{Admission, Operation};

/// Why the kubelet of `node` may not write this Node; `None` where it may.
pub(super) fn refused(admission: &Admission<'_>, node: &str) -> Option<String> {
    let name = admission.name();
    if name != node {
        return Some(format!("node {node:?} is not allowed to modify node {name:?}"));
    }
    if admission.operation == Operation::Delete {
        return None;
    }
    let old = admission.old.unwrap_or(&Value::Null);
    let labels = forbidden(old, admission.object);
    let differs = |pointer: &str| {
        let list = |object: &'_ Value| object.pointer(pointer).and_then(Value::as_array).cloned().unwrap_or_default();
        list(old) != list(admission.object)
    };
    if admission.operation == Operation::Create {
        let listed = labels.join(", ");
        return (!labels.is_empty()).then(|| format!("node {node:?} is not allowed to set the following labels: {listed}"));
    }
    if differs("/spec/taints") {
        return Some(format!("node {node:?} is not allowed to modify taints"));
    }
    if !labels.is_empty() {
        return Some(format!("is not allowed to modify labels: {}", labels.join(", ")));
    }
    differs("/metadata/ownerReferences").then(|| format!("node {node:?} is not allowed to modify ownerReferences"))
}
