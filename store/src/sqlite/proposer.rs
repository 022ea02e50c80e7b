use openraft::errors::{ClientWriteError, RaftError};
use tokio::sync::{mpsc, oneshot};

use super::format::encode_entry;
use super::health::Health;
use super::raft::{Outcomes, Proposal, Raft};
use crate::machine::Proposed;
use crate::{CommitError, Committed};

/// The most commits of one entry.
const MAX_COMMITS: usize = 256;
/// An entry that has reached so many bytes takes no more commits.
const ENOUGH_BYTES: usize = 4 << 20;

/// A commit that waits for its entry.
pub(crate) struct Pending {
    /// The commit.
    pub proposed: Proposed,
    /// Its bytes in the entry.
    pub encoded: Vec<u8>,
    /// Who waits.
    pub reply: oneshot::Sender<Result<Committed, CommitError>>,
}

/// What the proposer is asked for.
pub(crate) enum Proposing {
    /// A commit.
    Commit(Box<Pending>),
    /// The end: what was handed over before is still proposed.
    Close,
}

/// Gathers waiting commits into entries: while one entry is on its way the next gathers.
pub(crate) async fn propose(raft: Raft, health: Health, mut waiting: mpsc::Receiver<Proposing>) {
    let mut taken = Vec::with_capacity(MAX_COMMITS);
    let mut closing = false;
    while !closing && waiting.recv_many(&mut taken, MAX_COMMITS).await > 0 {
        let mut batch = Vec::with_capacity(taken.len());
        let mut bytes = 0;
        for item in taken.drain(..) {
            match item {
                Proposing::Commit(pending) => {
                    bytes += pending.encoded.len();
                    batch.push(*pending);
                }
                Proposing::Close => closing = true,
            }
            if bytes >= ENOUGH_BYTES {
                write(&raft, &health, std::mem::take(&mut batch)).await;
                bytes = 0;
            }
        }
        write(&raft, &health, batch).await;
    }
    waiting.close();
    while let Some(item) = waiting.recv().await {
        if let Proposing::Commit(pending) = item {
            let _ = pending.reply.send(Err(CommitError::Unavailable("it is closing".into())));
        }
    }
}

async fn write(raft: &Raft, health: &Health, batch: Vec<Pending>) {
    if batch.is_empty() {
        return;
    }
    let bytes = encode_entry(batch.iter().map(|pending| &pending.encoded[..]));
    let (commits, replies): (Vec<_>, Vec<_>) = batch.into_iter().map(|pending| (pending.proposed, pending.reply)).unzip();
    match raft.client_write(Proposal::new(bytes, commits)).await {
        Ok(response) => {
            let Outcomes(outcomes) = response.data;
            for (reply, outcome) in replies.into_iter().zip(outcomes) {
                let _ = reply.send(outcome);
            }
        }
        Err(error) => {
            let error = refusal(&error, health);
            for reply in replies {
                let _ = reply.send(Err(error.clone()));
            }
        }
    }
}

fn refusal(
    error: &RaftError<super::raft::TypeConfig, ClientWriteError<super::raft::TypeConfig>>,
    health: &Health,
) -> CommitError {
    match error {
        RaftError::APIError(error) => CommitError::Unavailable(error.to_string()),
        RaftError::Fatal(fatal) => {
            health.stop(fatal.to_string());
            CommitError::Unknown(fatal.to_string())
        }
    }
}
