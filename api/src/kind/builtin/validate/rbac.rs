//! Roles and their bindings.

use serde_json::Value;

use super::{list, text};
use crate::kind::validate::{Faults, Path, dns_subdomain_fault};

const GROUP: &str = "rbac.authorization.k8s.io";

pub(super) fn role(object: &Value, faults: &mut Faults) {
    let cluster = text(object, "kind") == "ClusterRole";
    let path = Path::new("rules");
    for (at, one) in list(object, "rules").iter().enumerate() {
        rule(one, cluster, &path.index(at), faults);
    }
    if object.get("aggregationRule").is_some_and(|aggregation| list(aggregation, "clusterRoleSelectors").is_empty()) {
        let why = "at least one clusterRoleSelector required if aggregationRule is non-nil";
        faults.required(&Path::new("aggregationRule").child("clusterRoleSelectors"), why);
    }
}

fn rule(rule: &Value, cluster: bool, path: &Path<'_>, faults: &mut Faults) {
    if list(rule, "verbs").is_empty() {
        faults.required(&path.child("verbs"), "verbs must contain at least one value");
    }
    let urls = list(rule, "nonResourceURLs");
    if urls.is_empty() {
        if list(rule, "apiGroups").is_empty() {
            faults.required(&path.child("apiGroups"), "resource rules must supply at least one api group");
        }
        if list(rule, "resources").is_empty() {
            faults.required(&path.child("resources"), "resource rules must supply at least one resource");
        }
        return;
    }
    let field = path.child("nonResourceURLs");
    if !cluster {
        faults.invalid(&field, &urls.into(), "namespaced rules cannot apply to non-resource URLs");
    }
    if ["apiGroups", "resources", "resourceNames"].iter().any(|name| !list(rule, name).is_empty()) {
        faults.invalid(&field, &urls.into(), "rules cannot apply to both regular resources and non-resource URLs");
    }
}

pub(super) fn binding(object: &Value, faults: &mut Faults) {
    let namespaced = text(object, "kind") == "RoleBinding";
    let (path, reference) = (Path::new("roleRef"), &object["roleRef"]);
    if text(reference, "apiGroup") != GROUP {
        faults.unsupported(&path.child("apiGroup"), text(reference, "apiGroup"), &[GROUP]);
    }
    let kinds: &[&str] = if namespaced { &["Role", "ClusterRole"] } else { &["ClusterRole"] };
    if !kinds.contains(&text(reference, "kind")) {
        faults.unsupported(&path.child("kind"), text(reference, "kind"), kinds);
    }
    let path = Path::new("subjects");
    for (at, one) in list(object, "subjects").iter().enumerate() {
        subject(one, namespaced, &path.index(at), faults);
    }
}

fn subject(subject: &Value, namespaced: bool, path: &Path<'_>, faults: &mut Faults) {
    let (name, group) = (text(subject, "name"), text(subject, "apiGroup"));
    match text(subject, "kind") {
        "ServiceAccount" => {
            if let Some(why) = dns_subdomain_fault(name).filter(|_| !name.is_empty()) {
                faults.invalid_text(&path.child("name"), name, why);
            }
            if !group.is_empty() {
                faults.unsupported(&path.child("apiGroup"), group, &[""]);
            }
            if !namespaced && text(subject, "namespace").is_empty() {
                faults.required(&path.child("namespace"), "");
            }
        }
        "User" | "Group" => {
            if group != GROUP {
                faults.unsupported(&path.child("apiGroup"), group, &[GROUP]);
            }
        }
        other => faults.unsupported(&path.child("kind"), other, &["ServiceAccount", "User", "Group"]),
    }
}
