use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use openraft::ServerState;
use openraft::raft::{AppendEntriesRequest, TransferLeaderRequest, VoteRequest};

use super::message::{self, Ask, Told};
use super::receive_snapshot::Incoming;
use super::silence::Heard;
use super::{LogId, Members, Raft, Reads, Vote};
use crate::peers::Handler;
use crate::sqlite::format::VoteForm;

/// Answers what peers ask this member for.
pub(crate) struct PeerHandler {
    /// This member.
    pub id: u64,
    /// What decides.
    pub raft: Raft,
    /// How far readers must have applied.
    pub reads: Reads,
    /// Who the members are.
    pub members: Members,
    /// The snapshot being received.
    pub incoming: Incoming,
    /// Whether this member votes for nobody: it may have forgotten what it acknowledged.
    pub abstains: Arc<AtomicBool>,
    /// What is heard of the leader.
    pub heard: Heard,
}

#[async_trait]
impl Handler for PeerHandler {
    async fn handle(&self, message: Bytes) -> Bytes {
        let (from, to, ask, tail) = match message::decode::<Ask>(&message) {
            Ok(decoded) => decoded,
            Err(error) => return message::encode(self.id, 0, &Told::Failed(error.to_string()), &[]),
        };
        // An address may have been given to another member since.
        let told = if to == self.id {
            self.answer(from, ask, tail).await
        } else {
            Ok(Told::Failed(format!("this is member {}", self.id)))
        };
        message::encode(self.id, from, &told.unwrap_or_else(|error| Told::Failed(error.to_string())), &[])
    }
}

impl PeerHandler {
    async fn answer(&self, from: u64, ask: Ask, tail: Bytes) -> io::Result<Told> {
        let other = io::Error::other::<String>;
        if matches!(ask, Ask::Vote { .. } | Ask::Transfer { .. }) && self.abstains.load(Ordering::Acquire) {
            return Ok(Told::Failed("this member catches up with what it has lost: it votes for nobody".into()));
        }
        Ok(match ask {
            Ask::Append { vote, previous, committed, entries } => {
                let vote = Vote::from(vote);
                self.heard.note_leader(&self.raft, &vote);
                let entries = message::entries(&entries, tail).map_err(|error| other(error.to_string()))?;
                let request = AppendEntriesRequest {
                    vote,
                    prev_log_id: previous.map(LogId::from),
                    entries,
                    leader_commit: committed.map(LogId::from),
                };
                message::append_told(&self.raft.append_entries(request).await.map_err(io::Error::other)?)
            }
            Ask::Vote { vote, last, transfer, only_asking } => {
                let mut request = VoteRequest::new(vote.into(), last.map(LogId::from));
                request.leadership_transfer = transfer;
                let voted = if only_asking { self.raft.pre_vote(request).await } else { self.raft.vote(request).await };
                let voted = voted.map_err(io::Error::other)?;
                if voted.vote_granted && !only_asking {
                    self.heard.note();
                }
                message::vote_told(&voted)
            }
            Ask::Transfer { from, last } => {
                let request = TransferLeaderRequest::new(Vote::from(from), self.id, last.map(LogId::from));
                message::transfer_told(&self.raft.handle_transfer_leader(request).await.map_err(io::Error::other)?)
            }
            Ask::ReadIndex => self.reads.index().await.map_or(Told::NotLeader, Told::ReadIndex),
            Ask::SnapshotBegin { transfer, vote, last, members, length } => {
                self.heard.note();
                self.incoming.begin(transfer, vote, last, &members, length)?;
                Told::Done
            }
            Ask::SnapshotPart { transfer, offset } => {
                self.heard.note();
                self.incoming.part(transfer, offset, &tail)?;
                Told::Done
            }
            Ask::SnapshotEnd { transfer, sha256 } => {
                Told::Installed(VoteForm::from(&self.incoming.end(transfer, sha256, &self.raft).await?))
            }
            Ask::Moved { address } => match self.members.set_address(from, address).await {
                Ok(()) => Told::Done,
                Err(crate::MemberError::NotLeader) => Told::NotLeader,
                Err(error) => Told::Failed(error.to_string()),
            },
            Ask::End => self.end().await?,
            Ask::Standing => self.standing(from).await?,
        })
    }

    /// Where the log ends, where this member leads.
    async fn end(&self) -> io::Result<Told> {
        let me = self.id;
        let state = self.raft.with_raft_state(move |state| {
            let vote = *state.vote_ref();
            let leads = vote.committed && vote.leader_id.node_id == me && state.server_state == ServerState::Leader;
            leads.then(|| (vote, state.log_ids.last().map_or(0, |last| last.index)))
        });
        let leading = state.await.map_err(io::Error::other)?;
        Ok(leading.map_or(Told::NotLeader, |(vote, index)| Told::End { vote: VoteForm::from(&vote), index }))
    }

    /// Whether `from` is a member, where this one leads and no change of the members is under way.
    async fn standing(&self, from: u64) -> io::Result<Told> {
        let me = self.id;
        let state = self.raft.with_raft_state(move |state| {
            let vote = *state.vote_ref();
            let leads = vote.committed && vote.leader_id.node_id == me && state.server_state == ServerState::Leader;
            let members = &state.membership_state;
            let agreed = members.committed().log_id() == members.effective().log_id();
            (leads && agreed).then(|| (vote, members.effective().membership().get_node(&from).is_some()))
        });
        let leading = state.await.map_err(io::Error::other)?;
        Ok(leading.map_or(Told::NotLeader, |(vote, member)| Told::Standing { vote: VoteForm::from(&vote), member }))
    }
}
