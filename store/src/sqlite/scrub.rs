use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::{Instant, sleep};

use super::OpenError;
use super::health::Health;
use super::log::FileEntries;
use super::table::Past;
use crate::raft::Replica;

/// How fast what lies on the disk is read again and compared with its checksums, while nobody needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scrubbing {
    /// Between two slices of some hundred rows, a mebibyte at most.
    pub every: Duration,
    /// Between the end of one round over everything and the beginning of the next.
    pub rest: Duration,
}

impl Default for Scrubbing {
    /// A million rows take about an hour; then an hour's rest.
    fn default() -> Self {
        Self { every: Duration::from_secs(1), rest: Duration::from_secs(3600) }
    }
}

/// How far the disk has been looked through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScrubStatus {
    /// Rounds over everything that found nothing.
    pub rounds: u64,
    /// Rows in the round under way.
    pub rows: u64,
    /// How long ago the newest whole round ended.
    pub ended: Option<Duration>,
    /// What is damaged, as long as it is.
    pub damaged: Option<String>,
    /// How often what was damaged has been discarded, to be fetched from the others.
    pub discarded: u64,
}

/// [`ScrubStatus`] as it is followed.
#[derive(Debug, Default)]
pub(super) struct Scrubbed(Mutex<Figures>);

#[derive(Debug, Default)]
struct Figures {
    status: ScrubStatus,
    ended: Option<Instant>,
}

impl Scrubbed {
    /// The figures now.
    pub fn status(&self) -> ScrubStatus {
        let figures = self.0.lock();
        ScrubStatus { ended: figures.ended.map(|at| at.elapsed()), ..figures.status.clone() }
    }

    fn note(&self, change: impl FnOnce(&mut ScrubStatus)) {
        change(&mut self.0.lock().status);
    }

    fn round_ended(&self) {
        let mut figures = self.0.lock();
        figures.ended = Some(Instant::now());
        figures.status.rounds += 1;
        figures.status.damaged = None;
    }
}

/// Reads all rows of log and tables slowly, again and again. Where one is damaged and there are other members, the files
/// are opened anew, which discards what is damaged and fetches it from them (docs/adr/0020, 0033); the only member says so.
pub(super) struct Scrub {
    /// How fast.
    pub scrubbing: Scrubbing,
    /// What is found.
    pub scrubbed: Arc<Scrubbed>,
    /// The log.
    pub log: Arc<FileEntries>,
    /// The tables.
    pub past: Arc<Past>,
    /// Ends the use of the files.
    pub health: Health,
    /// This member among the others.
    pub replica: Replica,
}

impl Scrub {
    /// Works as long as the files are used.
    pub async fn run(self) {
        loop {
            match self.round().await {
                Ok(()) => self.scrubbed.round_ended(),
                Err(error) if error.is_damage() => {
                    tracing::error!(%error, "what lies on the disk is not what was written");
                    self.scrubbed.note(|status| status.damaged = Some(error.to_string()));
                    if self.may_discard().await {
                        self.scrubbed.note(|status| status.discarded += 1);
                        return self.health.fail("looking through the files", &error);
                    }
                }
                Err(error) => tracing::warn!(%error, "the files cannot be looked through"),
            }
            sleep(self.scrubbing.rest).await;
        }
    }

    async fn round(&self) -> Result<(), OpenError> {
        self.scrubbed.note(|status| status.rows = 0);
        let mut after = -1;
        while let Some((last, rows)) = self.log.verify(after).await? {
            after = last;
            self.pause(rows).await;
        }
        after = -1;
        while let Some((last, rows)) = self.past.verify(after).await? {
            after = last;
            self.pause(rows).await;
        }
        Ok(())
    }

    async fn pause(&self, rows: u64) {
        self.scrubbed.note(|status| status.rows += rows);
        sleep(self.scrubbing.every).await;
    }

    /// Whether another member leads, which has what is discarded here; the leader lets another lead first. A member that
    /// catches up votes for nobody, so that nobody could be elected if the leader forgot something.
    async fn may_discard(&self) -> bool {
        if self.replica.members.list().iter().filter(|member| member.voter).count() < 2 {
            tracing::error!("this is the only member, so nobody has it: restore a backup into a new folder (kontiki restore)");
            return false;
        }
        self.replica.hand_over().await;
        let now = *self.replica.leadership.borrow();
        now.leader.is_some() && now.own.is_none()
    }
}
