//! What a bound token is asked to say.

use kontiki_api::Text;

use super::claims::Subject;

/// An object by name and uid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundRef {
    /// Its name.
    pub name: Text,
    /// Its uid.
    pub uid: Text,
}

/// A bound token to be issued: `authentication.k8s.io` `TokenRequest`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundToken {
    /// Whom it speaks for.
    pub subject: Subject,
    /// For whom it is meant.
    pub audiences: Vec<String>,
    /// How long it holds, in seconds.
    pub lifetime_seconds: i64,
    /// The pod it is bound to.
    pub pod: Option<BoundRef>,
    /// The Secret it is bound to.
    pub secret: Option<BoundRef>,
    /// The node it is bound to: that of the pod, or by itself.
    pub node: Option<BoundRef>,
    /// Its id, unique.
    pub id: String,
}
