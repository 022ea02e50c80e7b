use std::collections::VecDeque;
use std::sync::Arc;

use kontiki_api::meta::Revision;
use parking_lot::RwLock;
use tokio::sync::watch;

use crate::machine::Record;
use crate::{Batch, Event, Expired, Range};

/// The changes of one watched range, shared by all its watchers.
#[derive(Debug)]
pub(crate) struct Topic {
    log: RwLock<Log>,
    signal: watch::Sender<Signal>,
}

/// What wakes the watchers of a topic.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Signal {
    /// No batch will follow.
    pub closed: bool,
}

#[derive(Debug)]
struct Log {
    /// All batches that end after this are here, but for the dropped ones.
    since: Revision,
    /// The end of the newest dropped batch.
    dropped: Revision,
    batches: VecDeque<Batch>,
}

impl Topic {
    /// A topic that knows nothing of what ended before `since`.
    pub fn new(since: Revision, closed: bool) -> Self {
        let log = Log { since, dropped: Revision::ZERO, batches: VecDeque::new() };
        Self { log: RwLock::new(log), signal: watch::Sender::new(Signal { closed }) }
    }

    /// The revision from which this topic is complete.
    pub fn since(&self) -> Revision {
        self.log.read().since
    }

    /// Adds older batches, so that the topic is complete from `since`.
    pub fn extend_back(&self, since: Revision, older: Vec<Batch>) {
        let mut log = self.log.write();
        for batch in older.into_iter().rev() {
            log.batches.push_front(batch);
        }
        log.since = since;
    }

    /// Adds the newest batch and drops what ended at or before `floor`. Watchers are not woken yet.
    pub fn push(&self, batch: Batch, floor: Revision) {
        let mut log = self.log.write();
        log.batches.push_back(batch);
        log.trim(floor);
    }

    /// Drops what ended at or before `floor`.
    pub fn trim(&self, floor: Revision) {
        self.log.write().trim(floor);
    }

    /// Drops everything: what ended at or before `floor` is not to be had.
    pub fn expire(&self, floor: Revision) {
        let mut log = self.log.write();
        log.batches.clear();
        log.dropped = floor;
    }

    /// Wakes the watchers.
    pub fn wake(&self) {
        self.signal.send_modify(|_| ());
    }

    /// Wakes the watchers for the last time: they drain what is here and end.
    pub fn close(&self) {
        self.signal.send_modify(|signal| signal.closed = true);
    }

    /// Follows the wake-ups.
    pub fn subscribe(&self) -> watch::Receiver<Signal> {
        self.signal.subscribe()
    }

    /// Whether anybody follows.
    pub fn is_watched(&self) -> bool {
        self.watchers() > 0
    }

    /// How many follow.
    pub fn watchers(&self) -> usize {
        self.signal.receiver_count()
    }

    /// The first batch that ends after `after`, without what lies at or before `after`.
    pub fn next(&self, after: Revision) -> Result<Option<Batch>, Expired> {
        let log = self.log.read();
        if after < log.dropped {
            let newest = log.batches.back().map_or(log.dropped, |batch| batch.revision);
            return Err(Expired { asked: after, oldest: log.dropped, newest });
        }
        let start = log.batches.partition_point(|batch| batch.revision <= after);
        Ok(log.batches.range(start..).find_map(|batch| rest_of(batch, after)))
    }
}

impl Log {
    fn trim(&mut self, floor: Revision) {
        while self.batches.front().is_some_and(|batch| batch.revision <= floor) {
            if let Some(batch) = self.batches.pop_front() {
                self.dropped = batch.revision;
            }
        }
    }
}

/// `batch` without the events at or before `after`; `None` where none are left.
fn rest_of(batch: &Batch, after: Revision) -> Option<Batch> {
    let seen = batch.events.partition_point(|event| event.object.revision <= after);
    let rest = batch.events.get(seen..).filter(|rest| !rest.is_empty())?;
    let events = if seen == 0 { batch.events.clone() } else { rest.into() };
    Some(Batch { events, ..batch.clone() })
}

/// The part of `record` that lies in `range`; the events are shared where that is all of it.
pub(crate) fn batch_of(record: &Record, range: &Range) -> Option<Batch> {
    let inside = |event: &&Event| range.contains(&event.object.key);
    let count = record.events.iter().filter(inside).count();
    let events: Arc<[Event]> = match count {
        0 => return None,
        all if all == record.events.len() => record.events.clone(),
        _ => record.events.iter().filter(inside).cloned().collect(),
    };
    Some(Batch { revision: record.end, time: record.time, events })
}
