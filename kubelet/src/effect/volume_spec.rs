//! How a volume is written.

use serde::{Deserialize, Serialize};

use super::Hidden;

/// How a volume is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VolumeSpec {
    /// What it holds.
    pub source: VolumeSource,
    /// Group that owns the files.
    pub fs_group: Option<u32>,
    /// Counts the times its tokens were written before.
    pub generation: u32,
}

/// What a volume holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum VolumeSource {
    /// Nothing at first.
    EmptyDir {
        /// In memory.
        memory: bool,
        /// Bound of the memory, bytes.
        size_bytes: Option<u64>,
    },
    /// A path of the node.
    HostPath {
        /// The path.
        path: String,
        /// What must be there: `DirectoryOrCreate`, `File`, …; empty for anything.
        r#type: String,
    },
    /// These files, exchanged all at once.
    Files(Vec<VolumeFile>),
}

/// One file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VolumeFile {
    /// Path in the volume.
    pub path: String,
    /// Mode bits.
    pub mode: u32,
    /// Content.
    pub content: FileContent,
}

/// What a file says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FileContent {
    /// This.
    Bytes(Hidden),
    /// A new token of the pod's service account.
    Token {
        /// The service account.
        service_account: String,
        /// For whom; empty for the API server.
        audience: String,
        /// How long it shall be good, seconds.
        expiration_seconds: u64,
    },
}
