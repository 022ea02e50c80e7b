//! What runtimes are told and what they tell.

use std::collections::BTreeMap;
use std::path::PathBuf;

use bytes::Bytes;
use kontiki_api::time::Time;
use serde::{Deserialize, Serialize};

/// How a container is made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ContainerConfig {
    /// Unique name within the runtime.
    pub name: String,
    /// What runs and what it may do.
    pub program: Program,
    /// `NAME=value`.
    pub env: Vec<String>,
    /// Labels: how it is found again.
    pub labels: BTreeMap<String, String>,
    /// Host paths inside it.
    pub mounts: Vec<Mount>,
    /// Host name, where it has a network of its own.
    pub hostname: String,
    /// Kernel settings.
    pub sysctls: BTreeMap<String, String>,
}

/// What runs in a container and what it may do: as it is planned, so it is made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Program {
    /// Image reference.
    pub image: String,
    /// Replaces the image's entry point; empty keeps it.
    pub command: Vec<String>,
    /// Replaces the image's arguments; empty keeps them (unless `command` is set).
    pub args: Vec<String>,
    /// Empty keeps the image's.
    pub working_dir: String,
    /// Whose network it uses.
    pub network: Namespace,
    /// Whose IPC namespace it uses.
    pub ipc: Namespace,
    /// Whose process ids it sees.
    pub pid: Namespace,
    /// `uid` or `uid:gid`; empty keeps the image's.
    pub user: String,
    /// Further groups.
    pub groups: Vec<i64>,
    /// All privileges of the host.
    pub privileged: bool,
    /// Nothing outside mounts may be written.
    pub read_only_root: bool,
    /// Capabilities added, without `CAP_`.
    pub cap_add: Vec<String>,
    /// Capabilities dropped, without `CAP_`.
    pub cap_drop: Vec<String>,
    /// Whether no process may gain privileges.
    pub no_new_privileges: bool,
    /// Which system calls it may make.
    pub seccomp: Seccomp,
    /// A terminal.
    pub tty: bool,
    /// Standard input stays open.
    pub stdin: bool,
    /// Standard input closes after its first user.
    pub stdin_once: bool,
    /// Bounds.
    pub limits: Limits,
}

/// Which system calls a container may make.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Seccomp {
    /// Those that the runtime allows by itself.
    #[default]
    Runtime,
    /// All.
    Unconfined,
    /// Those of the profile in this file of the node.
    File(PathBuf),
}

/// Bounds of a container; `None` for unbounded.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Memory, bytes.
    pub memory_bytes: Option<i64>,
    /// Relative weight among others.
    pub cpu_shares: Option<i64>,
    /// Processor time per 100 ms, microseconds.
    pub cpu_quota_us: Option<i64>,
    /// Processes.
    pub pids: Option<i64>,
    /// Who is killed first when the node runs out of memory; higher goes first.
    pub oom_score_adj: Option<i64>,
}

/// Whose namespace a container uses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Namespace {
    /// Its own (for the network: an empty one).
    #[default]
    Own,
    /// Its own, open for others to join.
    Shareable,
    /// The host's.
    Host,
    /// That of this container.
    Of(String),
}

/// A host path inside a container.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount {
    /// Path on the host.
    pub source: PathBuf,
    /// Path in the container.
    pub target: String,
    /// Not writable.
    pub read_only: bool,
    /// `rprivate`, `rslave` or `rshared`.
    pub propagation: String,
}

/// Where a container stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Phase {
    /// Made, not started.
    Created,
    /// Running.
    Running,
    /// Ended.
    Exited,
}

/// A container as its runtime sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerInfo {
    /// The runtime's id.
    pub id: String,
    /// Labels given at creation.
    pub labels: BTreeMap<String, String>,
    /// The image as asked for.
    pub image: String,
    /// The image's id, with the runtime's prefix (`docker-pullable://…` or `docker://sha256:…`).
    pub image_id: String,
    /// Where it stands.
    pub phase: Phase,
    /// Its first process on the host; 0 where not running.
    pub pid: i64,
    /// When it was made.
    pub created: Time,
    /// When it started; `None` before.
    pub started: Option<Time>,
    /// When it ended; `None` before.
    pub finished: Option<Time>,
    /// Exit code.
    pub exit_code: i64,
    /// Whether the kernel killed it for memory.
    pub oom_killed: bool,
    /// Why it could not start; empty otherwise.
    pub error: String,
}

/// An image on the node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageInfo {
    /// Its id, `sha256:…`.
    pub id: String,
    /// Names by tag and by digest.
    pub names: Vec<String>,
    /// Size in bytes.
    pub size: i64,
    /// The user it runs as; empty for root.
    pub user: String,
    /// Its label `io.kontiki.content`: the digest of an image of ours; empty on all others.
    pub content: String,
}

/// What a runtime reports on its own.
#[derive(Clone, Debug, PartialEq)]
pub enum RuntimeEvent {
    /// Connected: this is all there is.
    Up(Vec<ContainerInfo>, Vec<ImageInfo>),
    /// A container of ours changed or appeared.
    Changed(Box<ContainerInfo>),
    /// A container of ours is gone.
    Gone(String),
    /// Images changed: these are all.
    Images(Vec<ImageInfo>),
    /// The connection is lost, for this reason; `Up` follows when it is back.
    Down(String),
}

/// Who runs the containers.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuntimeVersion {
    /// `docker`, `simulated`: also the scheme of container ids.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// Which part of a log is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogOptions {
    /// Goes on as lines are written, until the container ends.
    pub follow: bool,
    /// Only the last lines.
    pub tail: Option<u64>,
    /// Only what was written from then on.
    pub since: Option<Time>,
}

/// Which of the two output streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StdStream {
    /// Standard output, and all output of a terminal.
    Out,
    /// Standard error.
    Err,
}

/// One line of a log, or part of a long one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogChunk {
    /// When it was written, RFC 3339 with nanoseconds.
    pub stamp: String,
    /// Where it was written to.
    pub stream: StdStream,
    /// The bytes, line end included.
    pub bytes: Bytes,
}
