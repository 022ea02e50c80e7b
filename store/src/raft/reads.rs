use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use openraft::async_runtime::watch::WatchReceiver;
use openraft::raft::linearizable_read::LinearizerOption;
use openraft::type_config::TypeConfigExt;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::Instant;

use super::disclosed::Disclosed;
use super::message::{Ask, Told};
use super::{LogId, Network, Raft, TypeConfig, member};
use crate::peers::Lane;
use crate::{CommitError, Leadership};

/// A quorum that has acknowledged this member's leadership so recently elects no other meanwhile: every member's
/// election timing keeps well above (see [`super::Timing`]), whatever its own disk and network are like.
pub(crate) const LEASE: Duration = Duration::from_millis(100);
/// How long a read may wait for a leader.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long the leader may take to answer one question.
const ONE_ASK: Duration = Duration::from_millis(500);

type Reply = oneshot::Sender<Result<u64, CommitError>>;

/// Makes reads linearizable on every member: by the leader's lease, or by asking the leader how far to have applied.
#[derive(Clone)]
pub(crate) struct Reads {
    raft: Raft,
    asks: mpsc::UnboundedSender<Reply>,
    leadership: watch::Receiver<Leadership>,
    sole: Arc<AtomicBool>,
    applied: watch::Receiver<Option<LogId>>,
    disclosed: Disclosed,
    leaving: Arc<AtomicBool>,
}

impl Reads {
    /// Starts the task that asks. Reads that come while one question is under way share the next.
    pub fn start(
        raft: Raft,
        network: Network,
        leadership: watch::Receiver<Leadership>,
        sole: Arc<AtomicBool>,
        applied: watch::Receiver<Option<LogId>>,
    ) -> Self {
        let (asks, waiting) = mpsc::unbounded_channel();
        let reads = Self { raft, asks, leadership, sole, applied, disclosed: network.disclosed.clone(), leaving: Arc::default() };
        tokio::spawn(ask_together(reads.clone_without_sender(), network, waiting));
        reads
    }

    /// Returns once everything acknowledged anywhere before the call has been applied here.
    ///
    /// # Errors
    /// `Unavailable` where no leader confirms it in time.
    pub async fn barrier(&self) -> Result<(), CommitError> {
        let ended = || CommitError::Unavailable("the store is closing".into());
        let index = if self.holds_lease() {
            // What a follower has applied already, and has let others read, has to be seen here too.
            self.disclosed.index()
        } else {
            let (reply, answer) = oneshot::channel();
            self.asks.send(reply).map_err(|_| ended())?;
            answer.await.map_err(|_| ended())??
        };
        if self.applied.borrow().is_some_and(|applied| applied.index >= index) {
            return Ok(());
        }
        let mut applied = self.applied.clone();
        let wait = applied.wait_for(|applied| applied.is_some_and(|applied| applied.index >= index));
        match tokio::time::timeout(PATIENCE, wait).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(_)) => Err(ended()),
            Err(_) => Err(CommitError::Unavailable(format!("this member lags behind log index {index}"))),
        }
    }

    /// Whether this member alone makes a quorum: then nobody else can have written.
    pub fn is_alone(&self) -> bool {
        self.sole.load(Ordering::Acquire)
    }

    /// No lease is relied on from now on: the leadership is about to be handed over.
    pub fn leave(&self) {
        self.leaving.store(true, Ordering::Release);
    }

    /// The log index that a reader must have applied, where this member leads.
    pub async fn index(&self) -> Option<u64> {
        let age = if self.leaving.load(Ordering::Acquire) { Duration::ZERO } else { LEASE };
        let option = LinearizerOption::new(Some(age), true).with_wait_timeout(ONE_ASK);
        let (read, _) = self.raft.get_read_log_id(option).await.ok()?;
        Some(read.index())
    }

    /// Whether nobody else can lead now.
    pub fn holds_lease(&self) -> bool {
        if self.leadership.borrow().own.is_none() || self.leaving.load(Ordering::Acquire) {
            return false;
        }
        self.sole.load(Ordering::Acquire) || {
            let metrics = self.raft.data_metrics();
            let acked = metrics.borrow_watched().last_quorum_acked;
            acked.is_some_and(|acked| TypeConfig::now() < acked.into_inner() + LEASE)
        }
    }

    /// For the task itself, which ends when everybody else has gone.
    fn clone_without_sender(&self) -> Self {
        Self { asks: mpsc::unbounded_channel().0, ..self.clone() }
    }
}

async fn ask_together(reads: Reads, network: Network, mut waiting: mpsc::UnboundedReceiver<Reply>) {
    while let Some(first) = waiting.recv().await {
        let mut together = vec![first];
        while let Ok(more) = waiting.try_recv() {
            together.push(more);
        }
        let answer = ask(&reads, &network).await;
        for reply in together {
            // Whoever asked may have given up.
            let _ = reply.send(answer.clone());
        }
    }
}

async fn ask(reads: &Reads, network: &Network) -> Result<u64, CommitError> {
    let end = Instant::now() + PATIENCE;
    let mut leadership = reads.leadership.clone();
    loop {
        let leader = leadership.borrow_and_update().leader;
        if let Some(leader) = leader {
            let mut replaced = leadership.clone();
            // A leader that is replaced meanwhile may never answer.
            let index = tokio::select! {
                index = ask_leader(reads, network, leader.node) => index,
                _ = replaced.wait_for(|now| now.leader.is_some() && now.leader != Some(leader)) => None,
            };
            if let Some(index) = index {
                return Ok(index);
            }
        }
        let pause = if leader.is_some() { ONE_ASK / 20 } else { PATIENCE };
        // Either another leader is known, or the one that did not answer is asked again a little later.
        let changed = tokio::time::timeout_at(end.min(Instant::now() + pause), leadership.changed()).await;
        if matches!(changed, Ok(Err(_))) || Instant::now() >= end {
            return Err(CommitError::Unavailable("no leader confirms what is newest".into()));
        }
    }
}

async fn ask_leader(reads: &Reads, network: &Network, leader: u64) -> Option<u64> {
    if leader == network.id {
        return reads.index().await;
    }
    let to = member(&reads.raft, leader)?;
    match network.ask(&to, Lane::Pulse, &Ask::ReadIndex, &[], ONE_ASK).await {
        Ok(Told::ReadIndex(index)) => Some(index),
        _ => None,
    }
}
