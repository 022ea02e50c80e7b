//! The labels of what we make in the container runtime.

use std::collections::BTreeMap;

use crate::observed::{ContainerKey, SandboxKey};
use crate::pod_key::PodKey;

/// The node it belongs to.
pub const NODE: &str = "io.kontiki.node";
/// The data folder it belongs to: its mounts lie below it, and two clusters on one Docker never share it.
pub const DATA: &str = "io.kontiki.data";
/// The pod's uid.
pub const UID: &str = "io.kontiki.pod.uid";
/// The pod's namespace.
pub const NAMESPACE: &str = "io.kontiki.pod.namespace";
/// The pod's name.
pub const NAME: &str = "io.kontiki.pod.name";
/// The container's name in the spec; absent on sandboxes.
pub const CONTAINER: &str = "io.kontiki.container.name";
/// How many came before.
pub const ATTEMPT: &str = "io.kontiki.attempt";
/// The id of the container's sandbox.
pub const SANDBOX: &str = "io.kontiki.sandbox";
/// Hash of the parts of the spec that make it another one.
pub const HASH: &str = "io.kontiki.hash";
/// Seconds to wait before the next run.
pub const BACK_OFF: &str = "io.kontiki.back-off";
/// The pod's address; on sandboxes with a network of their own.
pub const IP: &str = "io.kontiki.pod.ip";
/// Whether the end of the log stands for an empty termination message.
pub const FROM_LOGS: &str = "io.kontiki.termination.from-logs";

/// Who made a container: what carries both labels is ours, and nothing else is touched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owner {
    /// The node's name.
    pub node: String,
    /// The node's data folder, absolute.
    pub data_dir: String,
}

impl Owner {
    /// The labels of everything that is this owner's.
    pub fn labels(&self) -> BTreeMap<String, String> {
        BTreeMap::from([(NODE.to_owned(), self.node.clone()), (DATA.to_owned(), self.data_dir.clone())])
    }
}

/// A sandbox or a container of a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// It holds the pod's namespaces.
    Sandbox(SandboxKey),
    /// It runs one of the pod's containers.
    Container(ContainerKey),
}

impl Role {
    /// Reads the role from labels; `None` where they are not ours.
    pub fn read(labels: &BTreeMap<String, String>) -> Option<Self> {
        let get = |name: &str| labels.get(name).map(String::as_str);
        let pod = PodKey::new(get(NAMESPACE)?, get(NAME)?, get(UID)?);
        let attempt = get(ATTEMPT)?.parse().ok()?;
        Some(match get(CONTAINER) {
            Some(name) => Self::Container(ContainerKey { pod, name: name.into(), attempt }),
            None => Self::Sandbox(SandboxKey { pod, attempt }),
        })
    }

    /// The pod.
    pub const fn pod(&self) -> &PodKey {
        match self {
            Self::Sandbox(key) => &key.pod,
            Self::Container(key) => &key.pod,
        }
    }

    /// The labels of this role of `owner`.
    pub fn labels(&self, owner: &Owner) -> BTreeMap<String, String> {
        let pod = self.pod();
        let (container, attempt) = match self {
            Self::Sandbox(key) => (None, key.attempt),
            Self::Container(key) => (Some(&key.name), key.attempt),
        };
        let mut labels = owner.labels();
        let fixed = [(UID, &pod.uid), (NAMESPACE, &pod.namespace), (NAME, &pod.name)];
        labels.extend(fixed.map(|(name, value)| (name.to_owned(), value.to_string())));
        labels.insert(ATTEMPT.into(), attempt.to_string());
        if let Some(name) = container {
            labels.insert(CONTAINER.into(), name.to_string());
        }
        labels
    }

    /// The name in the runtime, of the form upstream used with Docker.
    pub fn runtime_name(&self) -> String {
        let (container, attempt) = match self {
            Self::Sandbox(key) => ("POD", key.attempt),
            Self::Container(key) => (&*key.name, key.attempt),
        };
        let pod = self.pod();
        format!("k8s_{container}_{}_{}_{}_{attempt}", pod.name, pod.namespace, pod.uid)
    }
}
