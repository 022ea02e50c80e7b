use kontiki_api::time::Time;

use crate::Member;
use crate::raft::{Entry, Membership, Payload};
use crate::sqlite::format::decode_entry;
use crate::sqlite::keyring::Keyring;

/// What the folder of a stopped member says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survey {
    /// The members that vote.
    pub voters: Vec<Member>,
    /// The members that follow.
    pub learners: Vec<Member>,
    /// The newest entry of its log.
    pub index: u64,
    /// The term of that entry.
    pub term: u64,
    /// When the newest write in the log was made; `None` where it holds none any more.
    pub time: Option<Time>,
    /// Entries at its end of which it is not known here whether they were acknowledged.
    pub unconfirmed: u64,
}

impl Survey {
    /// How many voters make a majority.
    pub fn majority(&self) -> usize {
        self.voters.len() / 2 + 1
    }
}

/// The newest members and the time of the newest write, found from the end of the log on.
#[derive(Default)]
pub(super) struct Newest {
    /// The members.
    pub membership: Option<Membership>,
    /// When the newest write was made.
    pub time: Option<Time>,
}

impl Newest {
    /// Looks at one more entry, older than all before.
    pub fn look(&mut self, entry: &Entry, keyring: &Keyring) {
        match &entry.payload {
            Payload::Membership(found) if self.membership.is_none() => self.membership = Some(found.clone()),
            Payload::Normal(proposal) if self.time.is_none() => {
                let commits = decode_entry(&proposal.bytes, keyring).unwrap_or_default();
                self.time = commits.last().map(|proposed| proposed.commit.time);
            }
            _ => {}
        }
    }

    /// Whether nothing older can add anything.
    pub fn is_complete(&self) -> bool {
        self.membership.is_some() && self.time.is_some()
    }
}

/// The members in `membership`: those who vote, then those who follow.
pub(super) fn members(membership: &Membership) -> (Vec<Member>, Vec<Member>) {
    let voters: Vec<u64> = membership.voter_ids().collect();
    let all = membership.nodes().map(|(id, node)| Member { id: *id, address: node.addr.clone() });
    all.partition(|member| voters.contains(&member.id))
}
