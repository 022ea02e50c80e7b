use std::collections::{BTreeMap, BTreeSet};

use openraft::impls::BasicNode;
use serde::{Deserialize, Serialize};

use super::FormatError;
use crate::raft::{LeaderId, LogId, Membership, StoredMembership, Vote};

/// A log id on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LogIdForm {
    /// Its leader's term.
    pub term: u64,
    /// Its leader.
    pub node: u64,
    /// Its index.
    pub index: u64,
}

impl From<&LogId> for LogIdForm {
    fn from(id: &LogId) -> Self {
        Self { term: id.leader_id.term, node: id.leader_id.node_id, index: id.index }
    }
}

impl From<LogIdForm> for LogId {
    fn from(form: LogIdForm) -> Self {
        Self::new(LeaderId { term: form.term, node_id: form.node }, form.index)
    }
}

/// A vote on disk.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct VoteForm {
    term: u64,
    node: u64,
    committed: bool,
}

impl VoteForm {
    /// The vote of `member` for itself in `term`, which nobody confirmed.
    pub fn of_member(term: u64, member: u64) -> Self {
        Self { term, node: member, committed: false }
    }
}

impl From<&Vote> for VoteForm {
    fn from(vote: &Vote) -> Self {
        Self { term: vote.leader_id.term, node: vote.leader_id.node_id, committed: vote.committed }
    }
}

impl From<VoteForm> for Vote {
    fn from(form: VoteForm) -> Self {
        Self { leader_id: LeaderId { term: form.term, node_id: form.node }, committed: form.committed }
    }
}

/// A membership on disk, with the entry that made it where it has been applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MembershipForm {
    at: Option<LogIdForm>,
    voters: Vec<Vec<u64>>,
    nodes: Vec<(u64, String)>,
}

impl MembershipForm {
    /// The form of a membership made by the entry `at`.
    pub fn of(at: Option<&LogId>, membership: &Membership) -> Self {
        let voters = membership.get_joint_config().iter().map(|config| config.iter().copied().collect()).collect();
        let nodes = membership.nodes().map(|(id, node)| (*id, node.addr.clone())).collect();
        Self { at: at.map(LogIdForm::from), voters, nodes }
    }

    /// A cluster of one member, as of the entry `at`.
    pub fn of_one(at: LogIdForm, (id, address): (u64, &str)) -> Self {
        Self { at: Some(at), voters: vec![vec![id]], nodes: vec![(id, address.into())] }
    }

    /// The index of the entry that made it; 0 where that is not known.
    pub fn index(&self) -> u64 {
        self.at.map_or(0, |at| at.index)
    }

    /// Whether it says anything: before the first entry nobody is a member.
    pub fn is_known(&self) -> bool {
        !self.nodes.is_empty()
    }

    /// Whether `member` alone votes.
    pub fn is_of_one(&self, member: u64) -> bool {
        self.voters.iter().all(|config| config.as_slice() == [member])
    }

    /// The membership alone.
    pub fn membership(&self) -> Result<Membership, FormatError> {
        let voters: Vec<BTreeSet<u64>> = self.voters.iter().map(|config| config.iter().copied().collect()).collect();
        let nodes: BTreeMap<u64, BasicNode> =
            self.nodes.iter().map(|(id, address)| (*id, BasicNode::new(address.clone()))).collect();
        Membership::new(voters, nodes).map_err(|_| FormatError::Undecodable("membership"))
    }

    /// The membership with the entry that made it.
    pub fn stored(&self) -> Result<StoredMembership, FormatError> {
        let Some(at) = self.at else { return Ok(StoredMembership::default()) };
        Ok(StoredMembership::new(Some(at.into()), self.membership()?))
    }
}
