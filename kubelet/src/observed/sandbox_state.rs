//! Sandboxes of pods.

use kontiki_api::Text;
use kontiki_runtime::observe::Observed;
use serde::{Deserialize, Serialize};

use crate::pod_key::PodKey;

/// One sandbox of a pod; after it dies the next attempt takes its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SandboxKey {
    /// The pod.
    pub pod: PodKey,
    /// How many came before.
    pub attempt: u32,
}

/// The container that holds a pod's namespaces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxState {
    /// The runtime's id, without scheme.
    pub id: Text,
    /// Whether it is made and not yet started.
    #[serde(default)]
    pub fresh: bool,
    /// Whether it runs.
    pub running: bool,
    /// Whether its network is complete too.
    pub ready: bool,
    /// The pod's address; empty until the network is complete.
    pub ip: Text,
}

impl Observed for SandboxState {
    type Key = SandboxKey;
    const NAME: &'static str = "SandboxState";
}
