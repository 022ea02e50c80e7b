//! What makes a data folder a sandbox.

use std::path::Path;

use anyhow::{Context, Result};
use kontiki_api::meta::Revision;
use kontiki_api::time::Time;
use serde::{Deserialize, Serialize};

const FILE: &str = "sandbox.json";

/// The mark of a data folder whose cluster is a copy: its nodes are simulated, and it is reached on this machine only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sandbox {
    /// The revision it was copied as of.
    pub revision: Revision,
    /// When that was.
    pub time: Time,
}

impl Sandbox {
    /// The mark in `data_dir`; `None` where it has none.
    ///
    /// # Errors
    /// Where the mark does not read: such a folder must not be started as if it had none.
    pub fn read(data_dir: &Path) -> Result<Option<Self>> {
        let path = data_dir.join(FILE);
        match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).with_context(|| format!("{} does not read", path.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// Marks `data_dir`.
    ///
    /// # Errors
    /// Where the mark cannot be written.
    pub fn write(&self, data_dir: &Path) -> Result<()> {
        let path = data_dir.join(FILE);
        std::fs::write(&path, serde_json::to_vec_pretty(self)?).with_context(|| format!("cannot write {}", path.display()))
    }
}
