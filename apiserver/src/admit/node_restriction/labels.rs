//! Labels that a kubelet may set on its node.

use serde_json::Value;

const RESTRICTED: &str = "node-restriction.kubernetes.io";
/// Labels of Kubernetes' own domains that are the kubelet's to set.
const KUBELETS: [&str; 10] = [
    "kubernetes.io/hostname",
    "topology.kubernetes.io/zone",
    "topology.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone",
    "failure-domain.beta.kubernetes.io/region",
    "beta.kubernetes.io/instance-type",
    "kubernetes.io/os",
    "kubernetes.io/arch",
    "beta.kubernetes.io/os",
    "beta.kubernetes.io/arch",
];
/// Domains in which every label is.
const DOMAINS: [&str; 2] = ["kubelet.kubernetes.io", "node.kubernetes.io"];

/// The labels that differ between `old` and `new` and are not the kubelet's to change, by name.
pub(super) fn forbidden(old: &Value, new: &Value) -> Vec<String> {
    let labels = |object: &Value| object.pointer("/metadata/labels").and_then(Value::as_object).cloned().unwrap_or_default();
    let (old, new) = (labels(old), labels(new));
    let mut changed: Vec<String> = new
        .keys()
        .chain(old.keys())
        .filter(|name| old.get(*name) != new.get(*name))
        .filter(|name| is_forbidden(name))
        .cloned()
        .collect();
    changed.sort();
    changed.dedup();
    changed
}

fn is_forbidden(label: &str) -> bool {
    let domain = label.split_once('/').map_or("", |(domain, _)| domain);
    let below = |of: &str| domain == of || domain.strip_suffix(of).is_some_and(|rest| rest.ends_with('.'));
    let kubernetes = below("kubernetes.io") || below("k8s.io");
    let own = KUBELETS.contains(&label) || DOMAINS.iter().any(|own| below(own));
    below(RESTRICTED) || (kubernetes && !own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn labels_of_kubernetes_are_the_kubelets_only_where_listed() {
        let node = |labels: Value| json!({"metadata": {"labels": labels}});
        let told = |old: Value, new: Value| forbidden(&node(old), &node(new));
        let free = json!({"kubernetes.io/hostname": "n", "example.com/a": "b", "node.kubernetes.io/x": "y", "plain": "z"});
        assert!(told(json!({}), free).is_empty());
        for label in ["node-restriction.kubernetes.io/a", "x.node-restriction.kubernetes.io/a", "kubernetes.io/a", "a.k8s.io/b"] {
            assert_eq!(told(json!({}), json!({label: "v"})), [label]);
            assert_eq!(told(json!({label: "v"}), json!({})), [label]);
            assert!(told(json!({label: "v"}), json!({label: "v"})).is_empty());
        }
    }
}
