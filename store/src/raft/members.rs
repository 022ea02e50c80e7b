use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use openraft::ChangeMembers;
use openraft::async_runtime::watch::WatchReceiver;
use openraft::errors::{ClientWriteError, RaftError};
use openraft::impls::BasicNode;
use openraft::type_config::TypeConfigExt;

use super::{Raft, TypeConfig};
use crate::Member;

/// A learner so many entries behind the end of the log counts as caught up.
const NEAR: u64 = 200;
/// How long a change of the members may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// One member as another sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberStatus {
    /// Who, and where.
    pub member: Member,
    /// Whether it votes; a learner only follows.
    pub voter: bool,
    /// The newest log index it is known to hold; only the leader knows.
    pub matched: Option<u64>,
    /// Whether it holds (nearly) everything; only the leader knows.
    pub caught_up: bool,
}

/// Why the members were not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MemberError {
    /// Only the leader changes the members.
    #[error("this member does not lead the log")]
    NotLeader,
    /// There is no such member.
    #[error("there is no member {0}")]
    Unknown(u64),
    /// The last voter stays.
    #[error("member {0} is the only one that votes")]
    LastVoter(u64),
    /// Who leads is taken out by the next leader.
    #[error("member {0} leads: another must lead before it is taken out")]
    Leads(u64),
    /// It did not happen, or not in time.
    #[error("the members could not be changed: {0}")]
    Failed(String),
}

/// Who the members are, and changes of that.
#[derive(Clone)]
pub(crate) struct Members(Raft);

impl Members {
    /// The members of `raft`.
    pub fn new(raft: Raft) -> Self {
        Self(raft)
    }

    /// All of them, by number.
    pub fn list(&self) -> Vec<MemberStatus> {
        let metrics = self.0.metrics();
        let metrics = metrics.borrow_watched();
        let voters: BTreeSet<u64> = metrics.membership_config.voter_ids().collect();
        let end = metrics.last_log_index.unwrap_or_default();
        let me = metrics.id;
        let status = |(id, node): (&u64, &BasicNode)| {
            let replicated = metrics.replication.as_ref();
            let matched = replicated.and_then(|all| all.get(id)).and_then(|matched| matched.map(|matched| matched.index));
            let matched = if *id == me { metrics.last_log_index } else { matched };
            let caught_up = matched.is_some_and(|matched| matched + NEAR >= end);
            let member = Member { id: *id, address: node.addr.clone() };
            MemberStatus { member, voter: voters.contains(id), matched, caught_up }
        };
        metrics.membership_config.membership().nodes().map(status).collect()
    }

    /// Those who have answered a sign of life no longer than `ago`; only the leader knows.
    pub fn lively(&self, ago: Duration) -> BTreeSet<u64> {
        let metrics = self.0.metrics();
        let metrics = metrics.borrow_watched();
        let now = TypeConfig::now();
        let heard = metrics.heartbeat.iter().flatten();
        heard.filter(|(_, at)| at.is_some_and(|at| now < at.into_inner() + ago)).map(|(id, _)| *id).collect()
    }

    /// The members once `holds` of them; waits for ever where it never does.
    pub async fn when(&self, holds: impl Fn(&[MemberStatus]) -> bool) -> Vec<MemberStatus> {
        let mut metrics = self.0.metrics();
        loop {
            let now = self.list();
            if holds(&now) {
                return now;
            }
            if metrics.changed().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }

    /// Lets `member` follow the log without a vote. Nothing happens where it does already.
    pub async fn add(&self, member: Member) -> Result<(), MemberError> {
        let nodes = BTreeMap::from([(member.id, BasicNode::new(member.address))]);
        self.change(ChangeMembers::AddNodes(nodes)).await
    }

    /// Gives votes to `ids`, which must be members.
    pub async fn promote(&self, ids: BTreeSet<u64>) -> Result<(), MemberError> {
        let known = self.list();
        if let Some(unknown) = ids.iter().find(|id| !known.iter().any(|one| one.member.id == **id)) {
            return Err(MemberError::Unknown(*unknown));
        }
        self.change(ChangeMembers::AddVoterIds(ids)).await
    }

    /// Takes `id` out, whether it votes or not; not this member itself: a leader that has taken itself out could change the
    /// members once more, of whom it is none.
    pub async fn remove(&self, id: u64) -> Result<(), MemberError> {
        let known = self.list();
        let Some(found) = known.iter().find(|one| one.member.id == id) else { return Err(MemberError::Unknown(id)) };
        let ids = BTreeSet::from([id]);
        if !found.voter {
            return self.change(ChangeMembers::RemoveNodes(ids)).await;
        }
        if known.iter().filter(|one| one.voter).count() == 1 {
            return Err(MemberError::LastVoter(id));
        }
        if self.0.metrics().borrow_watched().id == id {
            return Err(if self.0.is_leader() { MemberError::Leads(id) } else { MemberError::NotLeader });
        }
        self.change(ChangeMembers::RemoveVoters(ids)).await
    }

    /// From now on `id` is reached at `address`.
    pub async fn set_address(&self, id: u64, address: String) -> Result<(), MemberError> {
        let known = self.list();
        match known.iter().find(|one| one.member.id == id) {
            None => Err(MemberError::Unknown(id)),
            Some(found) if found.member.address == address => Ok(()),
            Some(_) => self.change(ChangeMembers::SetNodes(BTreeMap::from([(id, BasicNode::new(address))]))).await,
        }
    }

    /// Whether this member is one itself. A leader is not, for a moment, that was elected while its removal was half done and
    /// has ended that: what changes the members next is for the leader after it.
    async fn is_inside(&self) -> Result<bool, MemberError> {
        let me = self.0.metrics().borrow_watched().id;
        let inside = self.0.with_raft_state(move |state| state.membership_state.effective().get_node(&me).is_some());
        inside.await.map_err(|error| MemberError::Failed(error.to_string()))
    }

    async fn change(&self, change: ChangeMembers<u64, BasicNode>) -> Result<(), MemberError> {
        if !self.is_inside().await? {
            return Err(MemberError::NotLeader);
        }
        match tokio::time::timeout(PATIENCE, self.0.change_membership(change, false)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(refusal(&error)),
            Err(_) => Err(MemberError::Failed(format!("no quorum agreed within {} s", PATIENCE.as_secs()))),
        }
    }
}

fn refusal(error: &RaftError<TypeConfig, ClientWriteError<TypeConfig>>) -> MemberError {
    match error {
        RaftError::APIError(ClientWriteError::ForwardToLeader(_)) => MemberError::NotLeader,
        other => MemberError::Failed(other.to_string()),
    }
}

/// Where the member `id` is reached.
pub(crate) fn member(raft: &Raft, id: u64) -> Option<Member> {
    let metrics = raft.server_metrics();
    let metrics = metrics.borrow_watched();
    let node = metrics.membership_config.membership().get_node(&id)?;
    Some(Member { id, address: node.addr.clone() })
}
