//! Pods know where they run.

use kontiki_api::meta::Key;
use kontiki_api::status::Status;
use serde_json::{Map, Value};

use super::fields::text;
use super::{Admission, Operation, Plugin};

/// The labels of nodes that their pods take over.
const TOPOLOGY: [&str; 2] = ["topology.kubernetes.io/zone", "topology.kubernetes.io/region"];

/// Copies zone and region of a node to the pods that are made for it, and to the bindings from which pods take them.
pub(super) struct PodTopologyLabels;

impl Plugin for PodTopologyLabels {
    fn name(&self) -> &'static str {
        "PodTopologyLabels"
    }

    fn kinds(&self) -> &'static [(&'static str, &'static str)] {
        &[("", "pods")]
    }

    fn mutate(&self, admission: &mut Admission<'_>) -> Result<(), Status> {
        if admission.operation != Operation::Create {
            return Ok(());
        }
        let node = match &*admission.target.subresource {
            "" => text(admission.object, "/spec/nodeName"),
            "binding" if text(admission.object, "/target/kind") == "Node" => text(admission.object, "/target/name"),
            _ => "",
        };
        if node.is_empty() {
            return Ok(());
        }
        let Some(node) = admission.store.get(&Key::new("nodes", "", node)) else { return Ok(()) };
        for (key, value) in TOPOLOGY.into_iter().filter_map(|key| Some((key, node.head.label(key)?))) {
            label(admission.object, key, value);
        }
        Ok(())
    }
}

/// Sets a label of `object`, whatever it was before.
fn label(object: &mut Value, key: &str, value: &str) {
    let mut map = object;
    for member in ["metadata", "labels"] {
        let Some(outer) = map.as_object_mut() else { return };
        map = outer.entry(member).or_insert(Value::Null);
        if map.is_null() {
            *map = Value::Object(Map::new());
        }
    }
    if let Some(labels) = map.as_object_mut() {
        labels.insert(key.into(), value.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kontiki_api::kind::Kinds;
    use kontiki_api::request::{Target, User};
    use serde_json::json;

    use crate::fixture::{NOW, cluster, put};

    #[tokio::test]
    async fn a_pod_and_a_binding_take_over_where_their_node_is() {
        let store = cluster().await;
        let (zone, region) = (TOPOLOGY[0], TOPOLOGY[1]);
        let labels = json!({zone: "z", region: "r", "kubernetes.io/hostname": "n"});
        put(&*store, json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n", "labels": labels}})).await;
        put(&*store, json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "bare"}})).await;
        let kinds = Kinds::builtin();
        let mutated = |subresource: &str, object: Value| {
            let target =
                Target { name: "p".into(), namespace: "shop".into(), subresource: subresource.into(), ..Target::default() };
            let (user, mut object) = (User::default(), object);
            let kind = kinds.find("pods").unwrap();
            let mut admission = Admission::new(Operation::Create, kind, &target, &user, &*store, &mut object, NOW);
            PodTopologyLabels.mutate(&mut admission).unwrap();
            object["metadata"]["labels"].take()
        };
        let pod = |node: &str, labels: Value| json!({"metadata": {"name": "p", "labels": labels}, "spec": {"nodeName": node}});
        let binding = |kind: &str, node: &str| json!({"metadata": {"name": "p"}, "target": {"kind": kind, "name": node}});
        let here = json!({zone: "z", region: "r"});
        assert_eq!(mutated("", pod("n", Value::Null)), here);
        assert_eq!(mutated("", pod("n", json!({"a": "b", zone: "elsewhere"}))), json!({"a": "b", zone: "z", region: "r"}));
        assert_eq!(mutated("binding", binding("Node", "n")), here);
        for (subresource, object) in [
            ("", pod("bare", Value::Null)),
            ("", pod("gone", Value::Null)),
            ("", json!({"spec": {}})),
            ("binding", binding("", "n")),
            ("binding", binding("Node", "gone")),
            ("eviction", pod("n", Value::Null)),
        ] {
            assert_eq!(mutated(subresource, object.clone()), Value::Null, "{subresource}: {object}");
        }
    }
}
