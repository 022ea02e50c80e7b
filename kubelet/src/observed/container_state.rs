//! Containers of pods.

use kontiki_api::Text;
use kontiki_api::time::Time;
use kontiki_runtime::observe::Observed;
use serde::{Deserialize, Serialize};

use crate::pod_key::PodKey;
use crate::runtime::Phase;

/// One run of one container.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ContainerKey {
    /// The pod.
    pub pod: PodKey,
    /// The container's name in the pod's spec.
    pub name: Text,
    /// How many runs came before: the restart count.
    pub attempt: u32,
}

/// A container as the runtime last reported it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerState {
    /// The runtime's id, with its scheme: `docker://…`.
    pub id: Text,
    /// Id of the sandbox it belongs to.
    pub sandbox: Text,
    /// The image's id.
    pub image_id: Text,
    /// Where it stands.
    pub phase: Phase,
    /// When it started; `None` before, and where it could not start.
    pub started: Option<Time>,
    /// When it ended.
    pub finished: Option<Time>,
    /// Exit code.
    pub exit_code: i64,
    /// Whether the kernel killed it for memory.
    pub oom_killed: bool,
    /// Why it could not start; empty otherwise.
    pub error: Text,
    /// Its termination message, or its error.
    pub message: Text,
    /// Hash of the parts of the spec that make a running container another one.
    pub hash: Text,
    /// Seconds to wait before the next run, should this one end.
    pub back_off_seconds: u32,
}

impl ContainerState {
    /// The id without its scheme.
    pub fn runtime_id(&self) -> &str {
        self.id.split_once("://").map_or(&*self.id, |(_, id)| id)
    }
}

impl Observed for ContainerState {
    type Key = ContainerKey;
    const NAME: &'static str = "ContainerState";
}
