use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use openraft::ServerState;
use openraft::async_runtime::watch::WatchReceiver;
use tokio::time::Instant;

use super::succeed::Abstaining;
use super::{Raft, Timing, Vote};

/// Counts what is heard of the leader, as it arrives: on a busy machine Raft itself may come to it much later.
#[derive(Clone)]
pub(crate) struct Heard(Arc<Signs>);

struct Signs {
    count: AtomicU64,
    /// In microseconds after `start`.
    last: AtomicU64,
    start: Instant,
}

impl Default for Heard {
    fn default() -> Self {
        Self(Arc::new(Signs { count: AtomicU64::new(0), last: AtomicU64::new(0), start: Instant::now() }))
    }
}

impl Heard {
    /// The leader lives, or somebody was given this member's vote.
    pub fn note(&self) {
        let passed = u64::try_from(self.0.start.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.0.last.fetch_max(passed, Ordering::Release);
        self.0.count.fetch_add(1, Ordering::Release);
    }

    /// When the newest of it was heard; where nothing was, when this member began to listen.
    pub fn last(&self) -> Instant {
        self.0.start + Duration::from_micros(self.0.last.load(Ordering::Acquire))
    }

    /// The same, where `vote` is that of a leader which this member follows or is about to.
    pub fn note_leader(&self, raft: &Raft, vote: &Vote) {
        let known = raft.server_metrics().borrow_watched().vote;
        if vote.committed && *vote >= known {
            self.note();
        }
    }

    /// Changes with whatever is heard.
    pub fn count(&self) -> u64 {
        self.0.count.load(Ordering::Acquire)
    }
}

/// Asks for votes after a long silence of the leader. Time in which this process did not run, or not at its turn, is no
/// silence: whatever was sent meanwhile has not been read yet. So a machine without a moment to spare elects nobody
/// whose heartbeats arrive.
pub(crate) async fn elect_after_silence(raft: Raft, heard: Heard, timing: Timing, abstains: Abstaining) {
    let step = Duration::from_millis(timing.heartbeat_ms);
    let mut silence = Silence { known: heard.count(), length: Duration::ZERO };
    let mut looked = Instant::now();
    loop {
        if !until_not_leading(&raft).await {
            return;
        }
        // A timer and no polling: nothing tells that nothing has been heard.
        tokio::time::sleep(step).await;
        let now = Instant::now();
        let passed = now - std::mem::replace(&mut looked, now);
        let Some(place) = place(&raft).filter(|_| !abstains.load(Ordering::Acquire)) else { continue };
        let limit = timing.silence() + timing.turn() * place;
        if silence.grows(heard.count(), passed.min(step * 3 / 2)) < limit {
            continue;
        }
        tracing::info!(silence_ms = silence.length.as_millis(), "nothing is heard of a leader");
        // Where that comes to nothing, once more a little sooner.
        silence.length /= 2;
        if raft.trigger().elect(true).await.is_err() {
            return;
        }
    }
}

/// How long nothing has been heard.
struct Silence {
    known: u64,
    length: Duration,
}

impl Silence {
    /// Its length after `more` time, in which `count` has become so large.
    fn grows(&mut self, count: u64, more: Duration) -> Duration {
        let heard = std::mem::replace(&mut self.known, count) != count;
        self.length = if heard { Duration::ZERO } else { self.length + more };
        self.length
    }
}

/// Waits while this member leads; whether Raft still runs.
pub(super) async fn until_not_leading(raft: &Raft) -> bool {
    let mut metrics = raft.server_metrics();
    while metrics.borrow_watched().state == ServerState::Leader {
        if metrics.changed().await.is_err() {
            return false;
        }
    }
    metrics.borrow_watched().state != ServerState::Shutdown
}

/// How many voters have a lower number; `None` where this one has no vote.
fn place(raft: &Raft) -> Option<u32> {
    let metrics = raft.server_metrics();
    let metrics = metrics.borrow_watched();
    let is_voter = metrics.membership_config.voter_ids().any(|id| id == metrics.id);
    let before = metrics.membership_config.voter_ids().filter(|id| *id < metrics.id).count();
    if is_voter { u32::try_from(before).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_was_heard_last_is_known_by_its_time() {
        let (start, heard) = (Instant::now(), Heard::default());
        assert_eq!((heard.last(), heard.count()), (start, 0));
        tokio::time::advance(Duration::from_millis(70)).await;
        heard.note();
        tokio::time::advance(Duration::from_millis(30)).await;
        assert_eq!((heard.last() - start, heard.count()), (Duration::from_millis(70), 1));
    }

    #[test]
    fn a_silence_ends_with_whatever_is_heard() {
        let mut silence = Silence { known: 0, length: Duration::ZERO };
        let more = Duration::from_millis(50);
        assert_eq!(silence.grows(0, more), more);
        assert_eq!(silence.grows(0, more), more * 2);
        assert_eq!(silence.grows(3, more), Duration::ZERO);
        assert_eq!(silence.grows(3, more), more);
    }
}
