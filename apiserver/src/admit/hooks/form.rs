//! What kind of object a request is about, where that is not the stored one.

use kontiki_api::kind::Kind;
use kontiki_api::request::Target;
use serde_json::{Value, json};

use crate::admit::Operation;
use crate::subresource::{scale_of, set_replicas};

/// How the body of a request relates to the stored object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// It is the object.
    Object,
    /// It is the object's Scale.
    Scale,
    /// It is the Binding that gives a pod its node.
    Binding,
    /// It is the Eviction that deletes a pod.
    Eviction,
    /// It is what the request brought, unlike anything stored.
    Sent,
}

impl Form {
    /// The form of a write to `target`.
    pub fn of(target: &Target) -> Self {
        match &*target.subresource {
            "scale" => Self::Scale,
            "binding" => Self::Binding,
            "eviction" => Self::Eviction,
            _ => Self::Object,
        }
    }

    /// The operation as upstream counts it: a binding and an eviction are created, whatever they do to the pod.
    pub const fn operation(&self, operation: Operation) -> Operation {
        match self {
            Self::Binding | Self::Eviction => Operation::Create,
            _ => operation,
        }
    }

    /// `object`, or what stands for it in this form. `Object` and `Sent` are themselves.
    pub fn show(&self, kind: &Kind, object: &Value) -> Value {
        let meta = |field: &str| object.pointer(&format!("/metadata/{field}")).cloned().unwrap_or_default();
        let named = || json!({"name": meta("name"), "namespace": meta("namespace"), "creationTimestamp": null});
        match self {
            Self::Object | Self::Sent => object.clone(),
            Self::Scale => scale_of(kind, object),
            Self::Binding => json!({
                "kind": "Binding", "apiVersion": "v1", "metadata": named(),
                "target": {"kind": "Node", "name": object.pointer("/spec/nodeName").cloned().unwrap_or_default()},
            }),
            Self::Eviction => json!({"kind": "Eviction", "apiVersion": "policy/v1", "metadata": named()}),
        }
    }

    /// Takes over into `object` what `shown` says after a patch.
    pub fn take(&self, kind: &Kind, shown: Value, object: &mut Value) {
        match self {
            Self::Object | Self::Sent => *object = shown,
            Self::Scale => set_replicas(kind, object, shown.pointer("/spec/replicas").cloned().unwrap_or_else(|| 0.into())),
            Self::Binding => object["spec"]["nodeName"] = shown.pointer("/target/name").cloned().unwrap_or_default(),
            Self::Eviction => {}
        }
    }
}
