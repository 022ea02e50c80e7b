//! Who this master is, as its data folder says.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// Who this master is. Written once: its number is never given to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Its number among the members.
    pub id: u64,
    /// Its name, for people.
    pub name: String,
    /// Whether it joined a cluster, rather than founding one.
    pub joined: bool,
}

impl Identity {
    /// What the data folder says; `None` where nothing was started in it yet.
    ///
    /// # Errors
    /// Where the file does not read.
    pub fn read(data_dir: &Path) -> Result<Option<Self>> {
        let path = path(data_dir);
        match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).with_context(|| format!("{} does not read", path.display())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// The identity in the data folder, or that of a founder, written there.
    ///
    /// # Errors
    /// Where the file does not read or cannot be written.
    pub fn open(data_dir: &Path, name: &str) -> Result<Self> {
        if let Some(found) = Self::read(data_dir)? {
            return Ok(found);
        }
        let founder = Self { id: 1, name: name.into(), joined: false };
        founder.write(data_dir)?;
        Ok(founder)
    }

    /// Writes the identity into the data folder.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn write(&self, data_dir: &Path) -> Result<()> {
        crate::up::write_private(&path(data_dir), &serde_json::to_string_pretty(self)?)
    }
}

fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("member.json")
}
