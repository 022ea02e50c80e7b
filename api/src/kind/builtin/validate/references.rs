//! Roles and their bindings.

use serde_json::Value;

use super::{list, text};
use crate::kind::validate::{Faults, Path};

pub(super) fn role(object: &Value, faults: &mut Faults) {
    let cluster = text(object, "kind") == "ClusterRole";
    for (at, rule) in list(object, "rules").iter().enumerate() {
        let path = Path::new("rules");
        let at = path.index(at);
        if list(rule, "verbs").is_empty() {
            faults.required(&at.child("verbs"), "verbs must contain at least one value");
        }
        if !list(rule, "nonResourceURLs").is_empty() {
            if !cluster {
                let urls = Value::from(list(rule, "nonResourceURLs"));
                faults.invalid(&at.child("nonResourceURLs"), &urls, "namespaced rules cannot apply to non-resource URLs");
            }
            continue;
        }
        if list(rule, "apiGroups").is_empty() {
            faults.required(&at.child("apiGroups"), "resource rules must supply at least one api group");
        }
        if list(rule, "resources").is_empty() {
            faults.required(&at.child("resources"), "resource rules must supply at least one resource");
        }
    }
}

pub(super) fn binding(object: &Value, faults: &mut Faults) {
    let namespaced = text(object, "kind") == "RoleBinding";
    let path = Path::new("roleRef");
    if !namespaced && object["roleRef"]["kind"] == "Role" {
        faults.unsupported(&path.child("kind"), "Role", &["ClusterRole"]);
    }
    for (at, subject) in list(object, "subjects").iter().enumerate() {
        let path = Path::new("subjects");
        if subject["kind"] == "ServiceAccount" && text(subject, "namespace").is_empty() && !namespaced {
            faults.required(&path.index(at).child("namespace"), "");
        }
    }
}
