use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use openraft::impls::BasicNode;
use parking_lot::Mutex;

use super::StateMachine;
use crate::machine::Proposed;
use crate::{CommitError, Committed};

openraft::declare_raft_types!(
    /// Raft's types: a proposal is a batch of commits.
    pub(crate) TypeConfig:
        D = Proposal,
        R = Outcomes,
        NodeId = u64,
        Node = BasicNode,
);

/// Raft on our storage.
pub(crate) type Raft = openraft::Raft<TypeConfig, StateMachine>;
/// One entry of the log.
pub(crate) type Entry = openraft::type_config::alias::EntryOf<TypeConfig>;
/// What an entry carries.
pub(crate) type Payload = openraft::type_config::alias::PayloadOf<TypeConfig>;
/// Who leads, and in which term.
pub(crate) type LeaderId = openraft::type_config::alias::LeaderIdOf<TypeConfig>;
/// Where an entry lies.
pub(crate) type LogId = openraft::type_config::alias::LogIdOf<TypeConfig>;
/// A vote for a leader.
pub(crate) type Vote = openraft::type_config::alias::VoteOf<TypeConfig>;
/// Who the members are.
pub(crate) type Membership = openraft::Membership<u64, BasicNode>;
/// Who the members are, since which entry.
pub(crate) type StoredMembership = openraft::type_config::alias::StoredMembershipOf<TypeConfig>;

/// Several commits that travel in one entry: their bytes and, on the member that proposed them,
/// the commits themselves until they are applied.
#[derive(Clone)]
pub(crate) struct Proposal {
    /// The entry format's bytes.
    pub bytes: Bytes,
    plain: Arc<Mutex<Option<Vec<Proposed>>>>,
}

impl Proposal {
    /// A proposal whose commits are at hand.
    pub fn new(bytes: Bytes, plain: Vec<Proposed>) -> Self {
        Self { bytes, plain: Arc::new(Mutex::new(Some(plain))) }
    }

    /// A proposal read from the log.
    pub fn stored(bytes: Bytes) -> Self {
        Self { bytes, plain: Arc::default() }
    }

    /// The commits, where they are at hand; only once.
    pub fn take_plain(&self) -> Option<Vec<Proposed>> {
        self.plain.lock().take()
    }
}

impl fmt::Debug for Proposal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes of commits", self.bytes.len())
    }
}

impl fmt::Display for Proposal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

/// What became of each commit of a proposal.
#[derive(Debug, Default)]
pub(crate) struct Outcomes(pub Vec<Result<Committed, CommitError>>);
