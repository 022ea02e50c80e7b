//! Where an object is found: collection, namespace, name.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Text;

/// The group of collections that no row serves.
const INTERNAL: &str = "kontiki";

/// A stored collection: the plural, with the group behind a dot where there is one
/// (`pods`, `deployments.apps`). All versions of a kind share one collection.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Resource(Text);

impl Resource {
    /// The collection of `plural` in `group` (`""` is the core group).
    pub fn new(group: &str, plural: &str) -> Self {
        if group.is_empty() { Self(plural.into()) } else { Self(format!("{plural}.{group}").into()) }
    }

    /// The collection's full name, as `kubectl api-resources -o name` prints it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it holds the server's own records rather than objects of a kind.
    pub fn is_internal(&self) -> bool {
        self.group() == INTERNAL
    }

    /// The plural alone.
    pub fn plural(&self) -> &str {
        self.0.split_once('.').map_or(&*self.0, |(plural, _)| plural)
    }

    /// The group alone; empty for the core group.
    pub fn group(&self) -> &str {
        self.0.split_once('.').map_or("", |(_, group)| group)
    }
}

impl From<&str> for Resource {
    fn from(full_name: &str) -> Self {
        Self(full_name.into())
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Namespace and name within a collection; the namespace is empty for cluster-scoped kinds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NsName {
    /// The namespace, or empty.
    pub namespace: Text,
    /// The name.
    pub name: Text,
}

impl NsName {
    /// `name` in `namespace`.
    pub fn new(namespace: impl Into<Text>, name: impl Into<Text>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }

    /// This name in the collection `resource`.
    pub fn of(&self, resource: impl Into<Resource>) -> Key {
        Key { resource: resource.into(), namespace: self.namespace.clone(), name: self.name.clone() }
    }
}

impl fmt::Display for NsName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() { f.write_str(&self.name) } else { write!(f, "{}/{}", self.namespace, self.name) }
    }
}

/// The one key of an object in the whole cluster. Ordered by collection, namespace, name:
/// the order of every LIST.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// The collection.
    pub resource: Resource,
    /// The namespace, or empty.
    pub namespace: Text,
    /// The name.
    pub name: Text,
}

impl Key {
    /// `name` in `namespace` (empty for cluster scope) of `resource`.
    pub fn new(resource: impl Into<Resource>, namespace: impl Into<Text>, name: impl Into<Text>) -> Self {
        Self { resource: resource.into(), namespace: namespace.into(), name: name.into() }
    }

    /// Namespace and name without the collection.
    pub fn ns_name(&self) -> NsName {
        NsName { namespace: self.namespace.clone(), name: self.name.clone() }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.namespace.is_empty() {
            write!(f, "{}/{}", self.resource, self.name)
        } else {
            write!(f, "{}/{}/{}", self.resource, self.namespace, self.name)
        }
    }
}
