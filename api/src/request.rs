//! One request to the API, however it arrives: over HTTP or from a reconciler in the same process.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::Text;
use crate::meta::Revision;
use crate::time::Time;

/// The verbs of Kubernetes' authorization attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verb {
    /// Read one object.
    Get,
    /// Read many objects.
    List,
    /// Follow changes.
    Watch,
    /// Make an object.
    Create,
    /// Replace an object.
    Update,
    /// Change part of an object.
    Patch,
    /// Delete one object.
    Delete,
    /// Delete many objects.
    DeleteCollection,
}

impl Verb {
    /// The verb as RBAC rules and discovery write it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::List => "list",
            Self::Watch => "watch",
            Self::Create => "create",
            Self::Update => "update",
            Self::Patch => "patch",
            Self::Delete => "delete",
            Self::DeleteCollection => "deletecollection",
        }
    }

    /// Whether the verb may change the cluster.
    pub const fn is_mutating(self) -> bool {
        !matches!(self, Self::Get | Self::List | Self::Watch)
    }
}

/// What a request is addressed to, as its path says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Target {
    /// API group; empty for core.
    pub group: Text,
    /// API version, such as `v1`.
    pub version: Text,
    /// Plural of the resource.
    pub plural: Text,
    /// Namespace; empty for cluster scope and for all namespaces.
    pub namespace: Text,
    /// Name; empty for the collection.
    pub name: Text,
    /// Subresource; empty for the object itself.
    pub subresource: Text,
}

/// Who is asking.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// User name, such as `system:serviceaccount:kube-system:deployment-controller`.
    pub name: Text,
    /// The user's uid, where it has one.
    #[serde(default)]
    pub uid: Text,
    /// Groups, `system:authenticated` included.
    #[serde(default)]
    pub groups: Vec<Text>,
    /// Extra attributes, such as the pod a token is bound to.
    #[serde(default)]
    pub extra: Vec<(Text, Vec<Text>)>,
}

/// A client's or an intent's request id: a repeated one is answered with the first outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RequestId(pub u128);

/// One leadership of the log: a term, and the member that leads in it. No two leaderships are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LeaderId {
    /// The term.
    pub term: u64,
    /// The member.
    pub node: u64,
}

impl std::fmt::Display for LeaderId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "member {} in term {}", self.node, self.term)
    }
}

/// Why a commit was made: carried by every log entry from the first format version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cause {
    /// A client's request.
    Request,
    /// A pass of a reconciler.
    Pass {
        /// The reconciler's name.
        reconciler: Text,
        /// The key it acted for, as JSON.
        key: Text,
        /// The World's revision the pass saw.
        world: Revision,
        /// The revision that woke the key.
        trigger: Revision,
        /// `now` of the pass.
        now: Time,
    },
    /// The server itself: bootstrap objects, expiry.
    System,
}

/// The form of a patch body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PatchType {
    /// `application/json-patch+json`.
    Json,
    /// `application/merge-patch+json`.
    Merge,
    /// `application/strategic-merge-patch+json`.
    Strategic,
    /// `application/apply-patch+yaml` (and `+cbor` later).
    Apply,
}

impl PatchType {
    /// The media type of this form.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json-patch+json",
            Self::Merge => "application/merge-patch+json",
            Self::Strategic => "application/strategic-merge-patch+json",
            Self::Apply => "application/apply-patch+yaml",
        }
    }
}

/// One request, before authorization and decoding.
#[derive(Clone, Debug)]
pub struct Request {
    /// What to do.
    pub verb: Verb,
    /// To what.
    pub target: Target,
    /// Query parameters, decoded, in order.
    pub query: Vec<(String, String)>,
    /// Media type of the body; empty where there is none.
    pub content_type: Text,
    /// The body; empty where there is none.
    pub body: Bytes,
    /// Who asks.
    pub user: User,
    /// Why.
    pub cause: Cause,
    /// For answering a repeated request with its first outcome; `None` lets the server choose.
    pub id: Option<RequestId>,
    /// `User-Agent`: the default field manager is its first word.
    pub agent: Text,
    /// The leadership the sender acts under: a write under any other is refused. `None` for clients.
    pub leader: Option<LeaderId>,
}

impl Request {
    /// The first query parameter called `name`.
    pub fn param(&self, name: &str) -> Option<&str> {
        param(&self.query, name)
    }
}

/// The first parameter of `query` that is called `name`.
pub fn param<'a>(query: &'a [(String, String)], name: &str) -> Option<&'a str> {
    query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// Whether the text of a parameter that is yes or no means yes: it does unless it says `false`, in letters of any case, or `0`.
pub fn is_yes(text: &str) -> bool {
    !text.eq_ignore_ascii_case("false") && text != "0"
}
