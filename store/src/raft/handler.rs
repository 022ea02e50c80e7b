use std::io;

use async_trait::async_trait;
use bytes::Bytes;
use openraft::raft::{AppendEntriesRequest, TransferLeaderRequest, VoteRequest};

use super::message::{self, Ask, Told};
use super::receive_snapshot::Incoming;
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
        Ok(match ask {
            Ask::Append { vote, previous, committed, entries } => {
                let entries = message::entries(&entries, tail).map_err(|error| other(error.to_string()))?;
                let request = AppendEntriesRequest {
                    vote: vote.into(),
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
                message::vote_told(&voted.map_err(io::Error::other)?)
            }
            Ask::Transfer { from, last } => {
                let request = TransferLeaderRequest::new(Vote::from(from), self.id, last.map(LogId::from));
                message::transfer_told(&self.raft.handle_transfer_leader(request).await.map_err(io::Error::other)?)
            }
            Ask::ReadIndex => self.reads.index().await.map_or(Told::NotLeader, Told::ReadIndex),
            Ask::SnapshotBegin { transfer, vote, last, members, length } => {
                self.incoming.begin(transfer, vote, last, &members, length)?;
                Told::Done
            }
            Ask::SnapshotPart { transfer, offset } => {
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
        })
    }
}
