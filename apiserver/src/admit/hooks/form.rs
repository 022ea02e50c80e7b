//! What kind of object a request is about, where that is not the stored one.

use kontiki_api::kind::Kind;
use kontiki_api::request::Target;
use serde_json::Value;

use crate::subresource::{scale_of, set_replicas};

/// How the body of a request relates to the stored object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// It is the object.
    Object,
    /// It is the object's Scale.
    Scale,
    /// It is what the request brought, unlike anything stored: a binding, an eviction, a review, options of a connection.
    Sent,
}

impl Form {
    /// The form of a write to `target`.
    pub fn of(target: &Target) -> Self {
        match &*target.subresource {
            "scale" => Self::Scale,
            _ => Self::Object,
        }
    }

    /// `object`, or what stands for it in this form. `Object` and `Sent` are themselves.
    pub fn show(&self, kind: &Kind, object: &Value) -> Value {
        match self {
            Self::Object | Self::Sent => object.clone(),
            Self::Scale => scale_of(kind, object),
        }
    }

    /// Takes over into `object` what `shown` says after a patch.
    pub fn take(&self, kind: &Kind, shown: Value, object: &mut Value) {
        match self {
            Self::Object | Self::Sent => *object = shown,
            Self::Scale => set_replicas(kind, object, shown.pointer("/spec/replicas").cloned().unwrap_or_else(|| 0.into())),
        }
    }
}
