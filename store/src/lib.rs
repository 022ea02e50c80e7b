//! The log: every change of the cluster, in one order, remembered.
//!
//! This crate promises: no acknowledged commit is lost; a revision is used once; every watcher sees
//! every change of its selection once, in order. It knows keys, bytes and revisions, not Kubernetes.

pub mod backup;
pub mod bench;
mod commit;
mod core;
mod destroyed;
mod forgotten;
mod history;
mod hub;
mod leadership;
mod machine;
mod memory;
mod past_watch;
pub mod peers;
mod raft;
pub mod recover;
mod run;
#[cfg(test)]
mod sim;
mod sqlite;
mod store;
mod watch;

pub use commit::{Change, Commit, CommitError, Committed, Op, Precondition, Requirement, Reserve};
pub use destroyed::{destroy, is_destroyed};
pub use forgotten::{forget, forgotten, remember};
pub use history::{HistoryEntry, Kept, Order};
pub use leadership::Leadership;
pub use machine::WindowLimits;
pub use memory::MemoryStore;
pub use past_watch::watch_past;
pub use raft::{MemberError, MemberStatus, Timing};
pub use run::Run;
pub use sqlite::{KeyError, KeyStatus, Member, OpenError, Retention, ScrubStatus, Scrubbing, SqliteConfig, SqliteStore, Start};
pub use store::{Expired, Listing, Range, Store, StoreStatus};
pub use watch::{Batch, Event, Watch};
