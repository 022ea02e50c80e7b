//! What the shared suite plays to it.

use kontiki_api::meta::Key;
use kontiki_runtime::testing::{Scenario, Suite};
use serde_json::{Value, json};

use super::ClusterRoleAggregation;

pub(super) fn suite() -> (Suite<ClusterRoleAggregation>, Vec<Scenario>) {
    let label = |name: &str| json!({"metadata": {"labels": {"sum": name}}});
    let key = |name: &str| Key::new("clusterroles.rbac.authorization.k8s.io", "", name);
    let summed = Scenario::new("sums of sums follow their parts")
        .put_together([sum("all", "all"), sum("some", "some"), part("a", "some", "pods"), part("b", "some", "nodes")])
        .merge(key("some"), label("all"))
        .merge(key("a"), label("none"))
        .merge(key("b"), json!({"rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]}))
        .put([part("c", "some", "secrets")])
        .delete(key("b"));
    (Suite::new(ClusterRoleAggregation), vec![summed])
}

fn sum(name: &str, of: &str) -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": name},
        "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"sum": of}}]}, "rules": [],
    })
}

fn part(name: &str, of: &str, resource: &str) -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": {"name": name, "labels": {"sum": of}},
        "rules": [{"apiGroups": [""], "resources": [resource], "verbs": ["get"]}],
    })
}
