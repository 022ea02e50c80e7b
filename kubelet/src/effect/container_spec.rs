//! How a container is made.

use kontiki_api::Text;
use serde::{Deserialize, Serialize};

use super::Hidden;
use crate::runtime::Program;
use crate::view::Handler;

/// How one run of a container is made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ContainerSpec {
    /// What runs and what it may do.
    pub program: Program,
    /// Id of the sandbox.
    pub sandbox: Text,
    /// `NAME=value`.
    pub env: Vec<Hidden>,
    /// Volumes and where they appear.
    pub mounts: Vec<MountSpec>,
    /// Refuses to run as root.
    pub non_root: bool,
    /// Termination message.
    pub termination: Termination,
    /// Hook after the start.
    pub post_start: Option<Handler>,
    /// Where the hook's HTTP goes when it names no host.
    pub ip: Text,
    /// Named ports.
    pub ports: Vec<(Text, u16)>,
    /// Hash of the parts of the spec that make a running container another one.
    pub hash: Text,
    /// Seconds to wait before the next run, should this one end.
    pub back_off_seconds: u32,
}

/// Where a container's last words are found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Termination {
    /// Path in the container.
    pub path: String,
    /// The end of the log takes its place where it is empty and the container failed.
    pub from_logs: bool,
}

/// Where a volume appears.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MountSpec {
    /// The volume's name.
    pub volume: Text,
    /// Path on the host, for volumes that are one.
    pub host_path: Option<String>,
    /// Path within the volume; empty for all of it.
    pub sub_path: String,
    /// Path in the container.
    pub target: String,
    /// Not writable.
    pub read_only: bool,
    /// `rprivate`, `rslave` or `rshared`.
    pub propagation: String,
}
