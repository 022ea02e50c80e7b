//! One life of one pod.

use kontiki_api::Text;
use kontiki_api::meta::NsName;
use serde::{Deserialize, Serialize};

/// One life of one pod: a later pod of the same name has another uid.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PodKey {
    /// Namespace.
    pub namespace: Text,
    /// Name.
    pub name: Text,
    /// Uid.
    pub uid: Text,
}

impl PodKey {
    /// The pod `name` in `namespace` that has `uid`.
    pub fn new(namespace: impl Into<Text>, name: impl Into<Text>, uid: impl Into<Text>) -> Self {
        Self { namespace: namespace.into(), name: name.into(), uid: uid.into() }
    }

    /// Namespace and name.
    pub fn ns_name(&self) -> NsName {
        NsName::new(self.namespace.clone(), self.name.clone())
    }
}

impl std::fmt::Display for PodKey {
    /// As upstream writes a pod in messages: `name_namespace(uid)`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}_{}({})", self.name, self.namespace, self.uid)
    }
}
