use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use openraft::async_runtime::watch::WatchReceiver;
use openraft::errors::{ClientWriteError, ForwardReason, RaftError};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::pace::Pace;
use super::queue::Waiting;
use super::{Outcomes, Proposal, Raft, TypeConfig};
use crate::machine::Proposed;
use crate::sqlite::format::encode_entry;
use crate::sqlite::health::Health;
use crate::{CommitError, Committed};

/// The most commits of one entry.
const MAX_COMMITS: usize = 256;
/// An entry that has reached so many bytes takes no more commits.
const ENOUGH_BYTES: usize = 4 << 20;
/// Entries on their way at a time: while one is being written to the disks the next is on its way to the peers and
/// the one before is applied. With more, entries would only grow smaller.
const IN_FLIGHT: usize = 2;
/// How long a leader without the acknowledgement of a quorum waits for it before it refuses.
const PATIENCE: Duration = Duration::from_secs(2);

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

/// Gathers waiting commits into entries: while [`IN_FLIGHT`] are on their way the next gathers, and as long as [`Pace`] says.
pub(crate) async fn propose(raft: Raft, health: Health, waiting: &mut Waiting) {
    let mut taken = Vec::with_capacity(MAX_COMMITS);
    let mut writing = FuturesUnordered::new();
    let mut pace = Pace::new(Instant::now());
    let mut closing = false;
    while !closing {
        tokio::select! {
            biased;
            Some(()) = writing.next() => continue,
            count = waiting.take(&mut taken, MAX_COMMITS), if writing.len() < IN_FLIGHT => closing = count == 0,
        }
        while let Some((more, due)) = pace.gathers(taken.len(), Instant::now()).filter(|_| !closing) {
            tokio::select! {
                biased;
                Some(()) = writing.next() => {}
                () = waiting.until(more) => {}
                () = tokio::time::sleep_until(due) => {}
            }
            waiting.take_now(&mut taken, MAX_COMMITS);
        }
        pace.proposed(taken.len(), Instant::now());
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
                writing.push(write(&raft, &health, std::mem::take(&mut batch)));
                bytes = 0;
            }
        }
        writing.push(write(&raft, &health, batch));
    }
    while writing.next().await.is_some() {}
}

/// Refuses what still waits, and what comes.
pub(crate) async fn refuse(mut waiting: Waiting) {
    while let Some(item) = waiting.rest().await {
        if let Proposing::Commit(pending) = item {
            let _ = pending.reply.send(Err(CommitError::NotLeader));
        }
    }
}

async fn write(raft: &Raft, health: &Health, batch: Vec<Pending>) {
    if batch.is_empty() {
        return;
    }
    let bytes = encode_entry(batch.iter().map(|pending| &pending.encoded[..]));
    let (commits, replies): (Vec<_>, Vec<_>) = batch.into_iter().map(|pending| (pending.proposed, pending.reply)).unzip();
    match write_entry(raft, Proposal::new(bytes, commits)).await {
        Ok(Outcomes(outcomes)) => {
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

type WriteError = RaftError<TypeConfig, ClientWriteError<TypeConfig>>;

/// Writes one entry. A leader that has just been elected, or has lost sight of its quorum for a moment, refuses
/// without having written: it is asked again whenever something has happened.
async fn write_entry(raft: &Raft, proposal: Proposal) -> Result<Outcomes, WriteError> {
    let end = Instant::now() + PATIENCE;
    let mut metrics = raft.data_metrics();
    loop {
        let error = match raft.client_write(proposal.clone()).await {
            Ok(response) => return Ok(response.data),
            Err(error) => error,
        };
        if !is_without_quorum(&error) || tokio::time::timeout_at(end, metrics.changed()).await.is_err() {
            return Err(error);
        }
    }
}

fn is_without_quorum(error: &WriteError) -> bool {
    let RaftError::APIError(ClientWriteError::ForwardToLeader(forward)) = error else { return false };
    forward.reason == ForwardReason::LeaseExpired
}

fn refusal(error: &WriteError, health: &Health) -> CommitError {
    match error {
        RaftError::APIError(ClientWriteError::ForwardToLeader(forward)) if is_without_quorum(error) => {
            CommitError::Unavailable(format!("no quorum acknowledges this leader: {forward}"))
        }
        RaftError::APIError(ClientWriteError::ForwardToLeader(_)) => CommitError::NotLeader,
        RaftError::APIError(error) => CommitError::Unknown(error.to_string()),
        RaftError::Fatal(fatal) => {
            health.stop(fatal.to_string());
            CommitError::Unknown(fatal.to_string())
        }
    }
}
