//! The authorizer of kubelets.

use std::sync::Arc;

use kontiki_api::Text;
use kontiki_api::kind::Kinds;
use kontiki_api::meta::{Key, Resource};
use kontiki_api::object::Object;
use kontiki_store::{Range, Store};
use serde_json::Value;

use super::node_of;
use super::referred::Referred;
use super::verdict::{Verdict, asks_for_token, gets, only, own_csi_node, own_lease, own_node, reads, selects, writes_status};
use super::volume_secrets::refers_to;
use crate::authorize::rbac::{Rule, allows};
use crate::authorize::{Attributes, Authorize, Decision};

const DRA: &str = "resource.k8s.io";
const STORAGE: &str = "storage.k8s.io";

/// Lets a kubelet do what the role `system:node` lists, but read only what belongs to its node: its Node, the pods that
/// run there, what those refer to, and attachments and slices of that node. Lists and watches of pods and slices need a
/// field selector that says so. What it may write of its own objects is narrowed further by the admission plug-in
/// `NodeRestriction`.
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
        pods.filter(move |pod| node_name(pod) == Some(node))
    }

    fn refers(&self, node: &str, namespace: &Text, kind: Referred, name: &str) -> bool {
        self.pods_on(node, namespace).any(|pod| !is_mirror(&pod) && kind.is_named(&pod, name))
    }

    /// Whether a pod on `node` uses the secret `name` of `namespace`, by itself or by way of a volume that one of its claims is
    /// bound to. Such a volume may name a secret of any namespace.
    fn uses_secret(&self, node: &str, namespace: &Text, name: &str) -> bool {
        self.refers(node, namespace, Referred::Secret, name)
            || self.pods_on(node, &Text::default()).any(|pod| {
                let place = pod.pointer("/metadata/namespace").and_then(Value::as_str).unwrap_or_default();
                let mounts = |claim: &str| self.volume_of(place, claim).is_some_and(|volume| refers_to(&volume, namespace, name));
                !is_mirror(&pod) && Referred::Claim.is_any(&pod, &mounts)
            })
    }

    /// The volume that the claim `name` of `namespace` is bound to, where both say so.
    fn volume_of(&self, namespace: &str, name: &str) -> Option<Value> {
        let claim = self.store.get(&Key::new("persistentvolumeclaims", namespace, name))?.to_value();
        let volume = claim.pointer("/spec/volumeName").and_then(Value::as_str).filter(|volume| !volume.is_empty())?;
        let volume = self.store.get(&Key::new("persistentvolumes", "", volume))?.to_value();
        let of = |field: &str| volume.pointer(&format!("/spec/claimRef/{field}")).and_then(Value::as_str);
        (of("namespace") == Some(namespace) && of("name") == Some(name)).then_some(volume)
    }

    /// Whether a claim that a pod on `node` uses is bound to the volume `name`.
    fn uses_volume(&self, node: &str, name: &str) -> bool {
        let Some(volume) = self.store.get(&Key::new("persistentvolumes", "", name)) else { return false };
        let volume = volume.to_value();
        let claim = |field: &str| volume.pointer(&format!("/spec/claimRef/{field}")).and_then(Value::as_str);
        let (Some(namespace), Some(claim)) = (claim("namespace"), claim("name")) else { return false };
        self.refers(node, &namespace.into(), Referred::Claim, claim)
    }

    fn decide(&self, node: &str, asked: &Attributes) -> Verdict {
        let referred = |kind| related(node, asked, |name| self.refers(node, &asked.namespace, kind, name));
        match (&*asked.group, &*asked.resource, &*asked.subresource) {
            ("", "secrets", _) => {
                reads(asked).and_then(|()| related(node, asked, |name| self.uses_secret(node, &asked.namespace, name)))
            }
            ("", "configmaps", _) => reads(asked).and_then(|()| referred(Referred::ConfigMap)),
            ("", "persistentvolumeclaims", "status") => writes_status(asked).and_then(|()| referred(Referred::Claim)),
            ("", "persistentvolumeclaims", _) => gets(asked).and_then(|()| referred(Referred::Claim)),
            ("", "persistentvolumes", _) => gets(asked).and_then(|()| related(node, asked, |name| self.uses_volume(node, name))),
            ("", "serviceaccounts", _) => asks_for_token(asked).and_then(|()| referred(Referred::Account)),
            ("", "pods", "") if matches!(&*asked.verb, "get" | "list" | "watch") => self.pods(node, asked),
            ("", "nodes", "") if matches!(&*asked.verb, "get" | "list" | "watch") => own_node(node, asked),
            ("coordination.k8s.io", "leases", _) => own_lease(node, asked),
            (STORAGE, "csinodes", _) => own_csi_node(node, asked),
            (STORAGE, "volumeattachments", _) => gets(asked).and_then(|()| self.belongs(node, asked)),
            (DRA, "resourceclaims", _) => gets(asked).and_then(|()| referred(Referred::ResourceClaim)),
            (DRA, "resourceslices", _) => self.slices(node, asked),
            _ => only(allows(&self.rules, asked), ""),
        }
    }

    /// Reads of pods.
    fn pods(&self, node: &str, asked: &Attributes) -> Verdict {
        if &*asked.verb == "get" || !(asked.name.is_empty() || selects(node, asked)) {
            return self.belongs(node, asked);
        }
        only(selects(node, asked), "can only list/watch pods with spec.nodeName field selector")
    }

    /// `NodeRestriction` looks into a new slice.
    fn slices(&self, node: &str, asked: &Attributes) -> Verdict {
        only(asked.subresource.is_empty(), "cannot authorize ResourceSlice subresources")?;
        match &*asked.verb {
            "create" => Ok(()),
            "get" | "update" | "patch" | "delete" => self.belongs(node, asked),
            "list" | "watch" | "deletecollection" => {
                let why = "can only list/watch/deletecollection resourceslices with nodeName field selector";
                only(selects(node, asked), why)
            }
            _ => Err("only the following verbs are allowed for a ResourceSlice: \
                      get, watch, list, create, update, patch, delete, deletecollection"
                .into()),
        }
    }

    /// Whether the object that is asked for names `node` in its `spec.nodeName`.
    fn belongs(&self, node: &str, asked: &Attributes) -> Verdict {
        related(node, asked, |name| {
            let key = Key::new(Resource::new(&asked.group, &asked.resource), asked.namespace.clone(), name);
            self.store.get(&key).is_some_and(|object| node_name(&object.to_value()) == Some(node))
        })
    }
}

impl Authorize for NodeAuthorizer {
    fn authorize(&self, attributes: &Attributes) -> Decision {
        let Some(node) = node_of(&attributes.user) else { return Decision::NoOpinion(String::new()) };
        self.decide(node, attributes).map_or_else(Decision::NoOpinion, |()| Decision::Allow)
    }
}

/// Whether the object that is asked for has to do with `node`, as `found` says of its name.
fn related(node: &str, asked: &Attributes, found: impl FnOnce(&str) -> bool) -> Verdict {
    only(!asked.name.is_empty(), "No Object name found")?;
    only(found(&asked.name), format!("no relationship found between node '{node}' and this object"))
}

/// A mirror pod gives no rights: the kubelet itself makes it.
fn is_mirror(pod: &Value) -> bool {
    pod.pointer("/metadata/annotations/kubernetes.io~1config.mirror").is_some()
}

fn node_name(object: &Value) -> Option<&str> {
    object.pointer("/spec/nodeName").and_then(Value::as_str)
}
