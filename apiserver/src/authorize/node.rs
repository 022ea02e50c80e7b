//! What kubelets may do: upstream's Node authorizer.

use std::sync::Arc;

use kontiki_api::Text;
use kontiki_api::kind::Kinds;
use kontiki_api::meta::{Key, Resource};
use kontiki_api::object::Object;
use kontiki_store::{Range, Store};
use serde_json::Value;

use super::rbac::{Rule, allows};
use super::{Attributes, Authorize, Decision};

pub(crate) const NODES: &str = "system:nodes";
const NODE_PREFIX: &str = "system:node:";

/// The node whose kubelet `user` is: named `system:node:NAME` and in the group `system:nodes`.
pub(crate) fn node_of(user: &kontiki_api::request::User) -> Option<&str> {
    let name = user.name.strip_prefix(NODE_PREFIX).filter(|name| !name.is_empty())?;
    user.groups.iter().any(|group| &**group == NODES).then_some(name)
}

/// Lets a kubelet do what the role `system:node` lists, but read Secrets, ConfigMaps, claims, volumes and
/// tokens only where a pod on its node refers to them. What it may write of its own objects is narrowed
/// further by the admission plug-in `NodeRestriction`.
pub struct NodeAuthorizer {
    store: Arc<dyn Store>,
    rules: Vec<Rule>,
    node_name_at: Option<usize>,
}

impl NodeAuthorizer {
    /// Looks pods up in `store`; `kinds` tells where a pod's head keeps its node.
    pub fn new(store: Arc<dyn Store>, kinds: &Kinds) -> Self {
        let pods = kinds.get("", "v1", "pods");
        let node_name_at = pods.and_then(|row| row.selectable.iter().position(|field| &*field.name == "spec.nodeName"));
        Self { store, rules: crate::bootstrap::rules_of("system:node"), node_name_at }
    }

    /// The pods of `namespace` (empty: of all) that run on `node`.
    fn pods_on<'a>(&'a self, node: &'a str, namespace: &Text) -> impl Iterator<Item = Value> + 'a {
        let pods = Resource::from("pods");
        let range = match &**namespace {
            "" => Range::Resource(pods),
            _ => Range::Namespace(pods, namespace.clone()),
        };
        let on_node =
            move |pod: &Arc<Object>| self.node_name_at.is_none_or(|at| pod.head.fields.get(at).is_some_and(|on| &**on == node));
        let pods = self.store.list(&range).objects.into_iter().filter(on_node).map(|pod| pod.to_value());
        pods.filter(move |pod| pod.pointer("/spec/nodeName").and_then(Value::as_str) == Some(node))
    }

    fn refers(&self, node: &str, namespace: &Text, kind: Referred, name: &str) -> bool {
        !name.is_empty() && self.pods_on(node, namespace).any(|pod| kind.is_named(&pod, name))
    }

    /// Whether a claim that a pod on `node` uses is bound to the volume `name`.
    fn uses_volume(&self, node: &str, name: &str) -> bool {
        let Some(volume) = self.store.get(&Key::new("persistentvolumes", "", name)) else { return false };
        let volume = volume.to_value();
        let claim = |field: &str| volume.pointer(&format!("/spec/claimRef/{field}")).and_then(Value::as_str);
        let (Some(namespace), Some(claim)) = (claim("namespace"), claim("name")) else { return false };
        self.refers(node, &namespace.into(), Referred::Claim, claim)
    }

    fn decide(&self, node: &str, asked: &Attributes) -> Result<bool, &'static str> {
        let reading = matches!(&*asked.verb, "get" | "list" | "watch");
        let referred = |kind| self.refers(node, &asked.namespace, kind, &asked.name);
        let (allowed, otherwise) = match (&*asked.group, &*asked.resource, &*asked.subresource) {
            ("", "secrets", "") => (reading && referred(Referred::Secret), "no relationship found between node and this object"),
            ("", "configmaps", "") => {
                (reading && referred(Referred::ConfigMap), "no relationship found between node and this object")
            }
            ("", "persistentvolumeclaims", "") => {
                (&*asked.verb == "get" && referred(Referred::Claim), "no relationship found between node and this object")
            }
            ("", "persistentvolumes", "") => (
                &*asked.verb == "get" && self.uses_volume(node, &asked.name),
                "no relationship found between node and this object",
            ),
            ("", "serviceaccounts", "token") => (
                &*asked.verb == "create" && referred(Referred::Account),
                "can only create tokens for individual service accounts of its pods",
            ),
            ("coordination.k8s.io", "leases", "") => {
                (asked_of_own_lease(node, asked), "can only access the node's own lease in kube-node-lease")
            }
            _ => return Ok(allows(&self.rules, asked)),
        };
        if allowed { Ok(true) } else { Err(otherwise) }
    }
}

impl Authorize for NodeAuthorizer {
    fn authorize(&self, attributes: &Attributes) -> Decision {
        let Some(node) = node_of(&attributes.user) else { return Decision::NoOpinion(String::new()) };
        match self.decide(node, attributes) {
            Ok(true) => Decision::Allow,
            Ok(false) => Decision::NoOpinion(String::new()),
            Err(why) => Decision::NoOpinion(why.into()),
        }
    }
}

/// A new lease has its name in the body; `NodeRestriction` looks there.
fn asked_of_own_lease(node: &str, asked: &Attributes) -> bool {
    let verb = matches!(&*asked.verb, "get" | "create" | "update" | "patch" | "delete");
    let named = &*asked.name == node || (&*asked.verb == "create" && asked.name.is_empty());
    verb && &*asked.namespace == "kube-node-lease" && named
}

/// What a pod can refer to in its namespace.
#[derive(Clone, Copy)]
enum Referred {
    Secret,
    ConfigMap,
    Claim,
    Account,
}

impl Referred {
    /// Whether `pod` refers to an object of this kind called `name`.
    fn is_named(self, pod: &Value, name: &str) -> bool {
        let spec = pod.get("spec").unwrap_or(&Value::Null);
        match self {
            Self::Account => spec.get("serviceAccountName").and_then(Value::as_str) == Some(name),
            Self::Secret => {
                names(spec, "/imagePullSecrets/*/name", name)
                    || volumes(spec, &["/secret/secretName", "/projected/sources/*/secret/name"], name)
                    || volumes(spec, &["/cephfs/secretRef/name", "/csi/nodePublishSecretRef/name", "/iscsi/secretRef/name"], name)
                    || volumes(spec, &["/azureFile/secretName", "/flexVolume/secretRef/name", "/rbd/secretRef/name"], name)
                    || containers(spec, "secret", name)
            }
            Self::ConfigMap => {
                volumes(spec, &["/configMap/name", "/projected/sources/*/configMap/name"], name)
                    || containers(spec, "configMap", name)
            }
            Self::Claim => {
                let pod_name = pod.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
                let ephemeral = items(spec.get("volumes")).filter(|volume| volume.get("ephemeral").is_some());
                let mut generated = ephemeral.filter_map(|volume| volume.get("name").and_then(Value::as_str));
                volumes(spec, &["/persistentVolumeClaim/claimName"], name)
                    || generated.any(|volume| name.strip_prefix(pod_name) == Some(&format!("-{volume}")))
            }
        }
    }
}

fn volumes(spec: &Value, paths: &[&str], name: &str) -> bool {
    items(spec.get("volumes")).any(|volume| paths.iter().any(|path| names(volume, path, name)))
}

/// `envFrom` and `env` of every container; `kind` is `secret` or `configMap`.
fn containers(spec: &Value, kind: &str, name: &str) -> bool {
    let lists = ["initContainers", "containers", "ephemeralContainers"];
    let mut all = lists.iter().flat_map(|list| items(spec.get(*list)));
    let (from, key) = (format!("/envFrom/*/{kind}Ref/name"), format!("/env/*/valueFrom/{kind}KeyRef/name"));
    all.any(|container| names(container, &from, name) || names(container, &key, name))
}

/// Whether `name` is found at `path`, in which `*` stands for every item of a list.
fn names(value: &Value, path: &str, name: &str) -> bool {
    match path.split_once("/*") {
        Some((list, rest)) => items(value.pointer(list)).any(|item| names(item, rest, name)),
        None => value.pointer(path).and_then(Value::as_str) == Some(name),
    }
}

fn items(list: Option<&Value>) -> impl Iterator<Item = &Value> {
    list.and_then(Value::as_array).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{asks, cluster, put};
    use serde_json::json;

    async fn authorizer() -> NodeAuthorizer {
        let store = cluster().await;
        let pod = |name: &str, node: &str| {
            json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "shop"}, "spec": {
                "nodeName": node, "serviceAccountName": name,
                "volumes": [
                    {"name": "a", "secret": {"secretName": format!("{name}-volume")}},
                    {"name": "b", "projected": {"sources": [{"configMap": {"name": format!("{name}-projected")}}]}},
                    {"name": "c", "persistentVolumeClaim": {"claimName": format!("{name}-claim")}},
                    {"name": "d", "ephemeral": {}},
                ],
                "initContainers": [{"name": "i", "envFrom": [{"secretRef": {"name": format!("{name}-from")}}]}],
                "containers": [{"name": "c", "env": [
                    {"name": "E", "valueFrom": {"configMapKeyRef": {"name": format!("{name}-key"), "key": "k"}}}]}],
            }})
        };
        put(&*store, pod("mine", "n1")).await;
        put(&*store, pod("theirs", "n2")).await;
        put(
            &*store,
            json!({"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "disk"},
            "spec": {"claimRef": {"namespace": "shop", "name": "mine-claim"}}}),
        )
        .await;
        NodeAuthorizer::new(store, &Kinds::builtin())
    }

    fn of_n1(verb: &str, resource: &str, namespace: &str, name: &str) -> Attributes {
        asks("system:node:n1", &["system:nodes"], verb, resource, namespace, name)
    }

    #[tokio::test]
    async fn a_kubelet_reads_what_its_pods_refer_to() {
        let nodes = authorizer().await;
        for allowed in [
            of_n1("get", "secrets", "shop", "mine-volume"),
            of_n1("watch", "secrets", "shop", "mine-from"),
            of_n1("get", "configmaps", "shop", "mine-projected"),
            of_n1("list", "configmaps", "shop", "mine-key"),
            of_n1("get", "persistentvolumeclaims", "shop", "mine-claim"),
            of_n1("get", "persistentvolumeclaims", "shop", "mine-d"),
            of_n1("get", "persistentvolumes", "", "disk"),
            of_n1("create", "serviceaccounts/token", "shop", "mine"),
            of_n1("update", "leases.coordination.k8s.io", "kube-node-lease", "n1"),
            of_n1("patch", "pods/status", "shop", "mine"),
            of_n1("list", "services", "", ""),
        ] {
            assert_eq!(nodes.authorize(&allowed), Decision::Allow, "{allowed:?}");
        }
    }

    #[tokio::test]
    async fn a_kubelet_reads_nothing_else() {
        let nodes = authorizer().await;
        for denied in [
            of_n1("get", "secrets", "shop", "theirs-volume"),
            of_n1("get", "secrets", "bank", "mine-volume"),
            of_n1("list", "secrets", "shop", ""),
            of_n1("update", "secrets", "shop", "mine-volume"),
            of_n1("get", "configmaps", "shop", "theirs-key"),
            of_n1("get", "persistentvolumeclaims", "shop", "theirs-claim"),
            of_n1("get", "persistentvolumes", "", "other"),
            of_n1("create", "serviceaccounts/token", "shop", "theirs"),
            of_n1("update", "leases.coordination.k8s.io", "kube-node-lease", "n2"),
            of_n1("delete", "services", "shop", "web"),
            asks("system:node:n1", &["staff"], "get", "secrets", "shop", "mine-volume"),
            asks("system:node:", &["system:nodes"], "list", "services", "", ""),
        ] {
            assert_ne!(nodes.authorize(&denied), Decision::Allow, "{denied:?}");
        }
    }
}
