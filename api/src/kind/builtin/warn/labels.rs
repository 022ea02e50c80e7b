//! Labels of nodes that have newer names.

use serde_json::Value;

use super::{list, text};
use crate::kind::validate::Path;

const OLD: [(&str, &str); 8] = [
    ("beta.kubernetes.io/arch", "deprecated since v1.14; use \"kubernetes.io/arch\" instead"),
    ("beta.kubernetes.io/os", "deprecated since v1.14; use \"kubernetes.io/os\" instead"),
    ("failure-domain.beta.kubernetes.io/region", "deprecated since v1.17; use \"topology.kubernetes.io/region\" instead"),
    ("failure-domain.beta.kubernetes.io/zone", "deprecated since v1.17; use \"topology.kubernetes.io/zone\" instead"),
    ("beta.kubernetes.io/instance-type", "deprecated since v1.17; use \"node.kubernetes.io/instance-type\" instead"),
    ("app.kubernetes.io/created-by", "deprecated since v1.9"),
    ("scheduler.alpha.kubernetes.io/preferAvoidPods", "deprecated since v1.22; use Taints and Tolerations instead"),
    ("node-role.kubernetes.io/master", "use \"node-role.kubernetes.io/control-plane\" instead"),
];

/// What to say of the label `key`.
pub(super) fn old(key: &str) -> Option<&'static str> {
    OLD.iter().find(|(old, _)| *old == key).map(|(_, why)| *why)
}

/// A label asked for by the key of a map.
pub(super) fn selector(labels: &Value, path: &Path<'_>, found: &mut Vec<String>) {
    for key in labels.as_object().into_iter().flat_map(|labels| labels.keys()) {
        found.extend(old(key).map(|why| format!("{}: {why}", path.key(key))));
    }
}

/// A label named at `path`.
pub(super) fn named(key: &str, path: &Path<'_>, found: &mut Vec<String>) {
    found.extend(old(key).map(|why| format!("{path}: {key} is {why}")));
}

/// A term that selects nodes.
pub(super) fn term(term: &Value, path: &Path<'_>, found: &mut Vec<String>) {
    let field = path.child("matchExpressions");
    for (at, expression) in list(term, "matchExpressions").iter().enumerate() {
        named(text(expression, "key"), &field.index(at).child("key"), found);
    }
}

/// Terms of which one must hold.
pub(super) fn terms(selector: &Value, path: &Path<'_>, found: &mut Vec<String>) {
    let field = path.child("nodeSelectorTerms");
    for (at, one) in list(selector, "nodeSelectorTerms").iter().enumerate() {
        term(one, &field.index(at), found);
    }
}

pub(super) fn runtime_class(object: &Value, found: &mut Vec<String>) {
    for key in object["scheduling"]["nodeSelector"].as_object().into_iter().flat_map(|labels| labels.keys()) {
        found.extend(old(key).map(|why| format!("scheduling.nodeSelector: {why}")));
    }
}
