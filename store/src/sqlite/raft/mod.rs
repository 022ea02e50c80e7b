//! Raft as this store uses it: the types, the state machine, the way to peers.

mod machine;
mod network;
mod snapshot;
mod types;

pub(crate) use machine::StateMachine;
pub(crate) use network::NoPeers;
pub(crate) use snapshot::{SnapshotMark, Snapshots};
pub(crate) use types::{
    Entry, LeaderId, LogId, Membership, Outcomes, Payload, Proposal, Raft, StoredMembership, TypeConfig, Vote,
};
