//! Who this master is, as its data folder says.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use kontiki_store::peers::ClusterId;
use serde::{Deserialize, Serialize};

/// What to do with a folder that belongs to no cluster any more.
const OUT: &str = "what lies in this folder is not part of it any more. Move the folder aside and join anew (kontiki join)";

/// Who this master is. Written once: its number is never given to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// Its number among the members.
    pub id: u64,
    /// Its name, for people.
    pub name: String,
    /// Whether it joined a cluster, rather than founding one.
    pub joined: bool,
    /// The number of its cluster, hexadecimal; members talk to those of the same cluster only.
    #[serde(default)]
    pub cluster: String,
    /// The numbers that the cluster had before it was recovered.
    #[serde(default)]
    pub former: Vec<String>,
    /// Whether another master has said that the cluster was recovered without this one.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub left_behind: bool,
    /// Whether the leader has said that this master was removed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub removed: bool,
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
        let founder = Self { joined: false, ..Self::joined(1, name.into(), new_cluster()) };
        founder.write(data_dir)?;
        Ok(founder)
    }

    /// A master that was given this number by the cluster of this number.
    pub fn joined(id: u64, name: String, cluster: String) -> Self {
        Self { id, name, joined: true, cluster, former: Vec::new(), left_behind: false, removed: false }
    }

    /// Which cluster this is, as its peers are told.
    pub fn cluster_id(&self) -> ClusterId {
        let number = |text: &String| u128::from_str_radix(text, 16).unwrap_or_default();
        ClusterId { now: number(&self.cluster), former: self.former.iter().map(number).collect() }
    }

    /// The same master in a cluster that goes on under a new number.
    pub fn recovered(mut self) -> Self {
        self.former.push(std::mem::replace(&mut self.cluster, new_cluster()));
        (self.left_behind, self.removed) = (false, false);
        self
    }

    /// Remembers in the data folder that the cluster was recovered without this master. From now on it does not start:
    /// with another one that was left behind it could elect a leader, where both reach nobody else.
    ///
    /// # Errors
    /// Where the file does not read or cannot be written.
    pub fn leave_behind(data_dir: &Path) -> Result<()> {
        let Some(found) = Self::read(data_dir)? else { return Ok(()) };
        Self { left_behind: true, ..found }.write(data_dir)
    }

    /// Remembers in the data folder that this master was removed. From now on it does not start: nobody would tell it anything.
    ///
    /// # Errors
    /// Where the file does not read or cannot be written.
    pub fn remove(data_dir: &Path) -> Result<()> {
        let Some(found) = Self::read(data_dir)? else { return Ok(()) };
        Self { removed: true, ..found }.write(data_dir)
    }

    /// # Errors
    /// Where the cluster was recovered without this master or it was removed, as it has been told.
    pub fn check(&self) -> Result<()> {
        ensure!(!self.left_behind, "the cluster was recovered without this master: {OUT}");
        ensure!(!self.removed, "member {} was removed from the cluster: {OUT}", self.id);
        Ok(())
    }

    /// Writes the identity into the data folder.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn write(&self, data_dir: &Path) -> Result<()> {
        crate::up::write_private(&path(data_dir), &serde_json::to_string_pretty(self)?)
    }
}

fn new_cluster() -> String {
    format!("{:032x}", super::record::rand())
}

fn path(data_dir: &Path) -> PathBuf {
    data_dir.join("member.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recovered_cluster_has_a_new_number_and_remembers_the_old_one() {
        let folder = tempfile::tempdir().unwrap();
        let old = Identity::open(folder.path(), "m1").unwrap();
        old.clone().recovered().write(folder.path()).unwrap();
        let new = Identity::read(folder.path()).unwrap().unwrap().cluster_id();
        assert_ne!(new.now, old.cluster_id().now);
        assert_eq!(new.former, [old.cluster_id().now]);
    }

    #[test]
    fn a_master_that_was_left_behind_remembers_it_until_it_is_the_one_that_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Identity::open(folder.path(), "m1").unwrap().check().is_ok());
        Identity::leave_behind(folder.path()).unwrap();
        let found = Identity::open(folder.path(), "m1").unwrap();
        assert!(found.check().unwrap_err().to_string().contains("recovered without this master"));
        assert!(found.recovered().check().is_ok());
    }

    #[test]
    fn a_master_that_was_removed_remembers_it() {
        let folder = tempfile::tempdir().unwrap();
        Identity::joined(4, "m4".into(), "ab".into()).write(folder.path()).unwrap();
        Identity::remove(folder.path()).unwrap();
        let found = Identity::open(folder.path(), "m4").unwrap();
        assert!(found.check().unwrap_err().to_string().starts_with("member 4 was removed from the cluster"));
        assert!(found.recovered().check().is_ok(), "it may be the only one that is left");
    }
}
