use std::path::PathBuf;
use std::time::Duration;

use super::Scrubbing;
use crate::{Timing, WindowLimits};

/// One member of the cluster that keeps the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its number, unique in the cluster and never given to another.
    pub id: u64,
    /// Where its peers reach it, `host:port`.
    pub address: String,
}

/// How long replaced values stay on disk: until either limit is passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Age in commit time.
    pub age: Duration,
    /// Bytes of `state.db` in use.
    pub bytes: u64,
}

impl Default for Retention {
    fn default() -> Self {
        Self { age: Duration::from_secs(7 * 24 * 3600), bytes: 2 << 30 }
    }
}

/// What a member does that belongs to no cluster yet. One that does belongs to it still, whatever is said here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// It makes a cluster of which it is the only member.
    #[default]
    Found,
    /// It waits until the leader of a cluster adds it.
    Join,
}

/// What a [`crate::SqliteStore`] needs to know.
#[derive(Clone, Debug)]
pub struct SqliteConfig {
    /// The folder of its files; made where it is missing. One process at a time may have it open.
    pub folder: PathBuf,
    /// This member.
    pub member: Member,
    /// What stays in memory.
    pub window: WindowLimits,
    /// What stays on disk.
    pub retention: Retention,
    /// Entries of the log that stay for members that lag behind, and about as many again until they are given up.
    pub log_entries: u64,
    /// Found a cluster or join one.
    pub start: Start,
    /// When another leader is elected; measured at the start where it is not given.
    pub timing: Option<Timing>,
    /// How fast what lies on the disk is read again.
    pub scrubbing: Scrubbing,
}

impl SqliteConfig {
    /// The only member of a cluster, with default limits, in `folder`.
    pub fn single(folder: impl Into<PathBuf>) -> Self {
        let member = Member { id: 1, address: "127.0.0.1:2380".into() };
        Self {
            folder: folder.into(),
            member,
            window: WindowLimits::default(),
            retention: Retention::default(),
            log_entries: 5_000,
            start: Start::Found,
            timing: None,
            scrubbing: Scrubbing::default(),
        }
    }
}
