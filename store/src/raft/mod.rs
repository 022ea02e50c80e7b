//! Raft as this store uses it: the types, the state machine, the way to peers, reads, members, leadership.
//!
//! Nothing here knows SQLite: the log and the tables are reached through the channels of
//! [`crate::sqlite`], peers through a [`crate::peers::Transport`], time through tokio. So all of it runs as well
//! on a disk, a network and a clock that a test makes up.

mod acknowledged;
mod addresses;
mod catch_up;
mod disclosed;
mod front;
mod handler;
mod leading;
mod machine;
mod members;
pub(crate) mod message;
mod network;
mod pace;
mod proposer;
mod purge;
mod queue;
mod reads;
mod receive_snapshot;
mod replica;
mod send_snapshot;
mod silence;
mod snapshot;
mod standing;
mod succeed;
mod timing;
mod types;

pub(crate) use catch_up::Recovered;
pub(crate) use front::Front;
pub(crate) use machine::StateMachine;
pub use members::{MemberError, MemberStatus};
pub(crate) use members::{Members, member};
pub(crate) use network::Network;
pub(crate) use proposer::{Pending, Proposing};
pub(crate) use queue::{Proposals, Waiting, queue};
pub(crate) use reads::{LEASE, Reads};
pub(crate) use replica::{Parts, Replica, Running};
pub(crate) use snapshot::{SnapshotBytes, SnapshotCopy, SnapshotData, SnapshotFile, SnapshotMark, SnapshotSource, Snapshots};
pub use timing::Timing;
pub(crate) use timing::measure_sync;
pub(crate) use types::{
    Entry, LeaderId, LogId, Membership, Outcomes, Payload, Proposal, Raft, StoredMembership, TypeConfig, Vote,
};
