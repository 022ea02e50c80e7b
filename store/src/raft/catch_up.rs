use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;
use openraft::async_runtime::watch::WatchReceiver;
use tokio::sync::watch;

use super::message::{Ask, Told};
use super::{LogId, Network, Raft, Vote, member};
use crate::peers::Lane;
use crate::sqlite::log::LogStore;

/// Takes down that nothing of what this member may have acknowledged is missing any more.
pub(crate) type Recovered = Box<dyn FnOnce() -> BoxFuture<'static, io::Result<()>> + Send + Sync>;

/// How long the leader may take to answer.
const ONE_ASK: Duration = Duration::from_millis(500);
/// Between two tries, where nothing is heard of a leader meanwhile.
const ASK_EVERY: Duration = Duration::from_millis(100);

/// A member that lost what it may have acknowledged.
pub(super) struct CatchUp {
    /// The member.
    pub raft: Raft,
    /// The way to the leader.
    pub network: Network,
    /// How far it has applied.
    pub applied: watch::Receiver<Option<LogId>>,
    /// Its log.
    pub log: LogStore,
    /// Whether it votes for nobody.
    pub abstains: Arc<AtomicBool>,
    /// What to do at the end.
    pub recovered: Recovered,
}

impl CatchUp {
    /// Lets the member vote again once it has everything it may have acknowledged: it has applied all that lay in the
    /// log of a leader, of no earlier term than any that this member took part in, after this member had begun anew.
    pub async fn run(mut self) {
        let end = self.end().await;
        if self.applied.wait_for(|applied| applied.is_some_and(|applied| applied.index >= end)).await.is_err() {
            return;
        }
        let id = self.network.id;
        let recovered = self.recovered;
        let noted = match self.log.flush().await {
            Ok(()) => recovered().await,
            Err(error) => Err(error),
        };
        if let Err(error) = noted {
            return tracing::error!(%error, member = id, "it has caught up, but cannot take that down: it goes on without a vote");
        }
        self.abstains.store(false, Ordering::Release);
        tracing::info!(member = id, index = end, "it has caught up with what it had lost, and votes again");
    }

    /// Where the leader's log ends.
    async fn end(&self) -> u64 {
        let mut metrics = self.raft.server_metrics();
        loop {
            if let Some(end) = self.ask().await {
                return end;
            }
            // Bounded by the member's own life: without a leader there is nothing to catch up with.
            if let Ok(Err(_)) = tokio::time::timeout(ASK_EVERY, metrics.changed()).await {
                std::future::pending::<()>().await;
            }
        }
    }

    async fn ask(&self) -> Option<u64> {
        let vote = self.raft.server_metrics().borrow_watched().vote;
        if !vote.committed || vote.leader_id.node_id == self.network.id {
            return None;
        }
        let leader = member(&self.raft, vote.leader_id.node_id)?;
        match self.network.ask(&leader, Lane::Pulse, &Ask::End, &[], ONE_ASK).await {
            Ok(Told::End { vote: theirs, index }) if Vote::from(theirs) >= vote => Some(index),
            _ => None,
        }
    }
}
