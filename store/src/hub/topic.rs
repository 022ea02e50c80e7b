use std::collections::VecDeque;
use std::sync::Arc;

use kontiki_api::meta::Revision;
use parking_lot::{Mutex, RwLock};
use tokio::sync::watch;

use crate::machine::Record;
use crate::{Batch, Event, Expired, Range, Run};

/// Runs remembered: watchers are at few places at a time.
const RUNS: usize = 8;

/// The changes of one watched range, shared by all its watchers.
#[derive(Debug)]
pub(crate) struct Topic {
    log: RwLock<Log>,
    /// The runs asked for last.
    runs: Mutex<VecDeque<Shared>>,
    signal: watch::Sender<Signal>,
}

/// What wakes the watchers of a topic.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Signal {
    /// No batch will follow.
    pub closed: bool,
}

/// A run that several watchers may be told.
#[derive(Debug)]
struct Shared {
    /// The number of its first batch,
    first: i64,
    /// and of the one behind its last.
    next: i64,
    run: Arc<Run>,
}

#[derive(Debug)]
struct Log {
    /// All batches that end after this are here, but for the dropped ones.
    since: Revision,
    /// The end of the newest dropped batch.
    dropped: Revision,
    batches: VecDeque<Batch>,
    /// The number of the first of `batches`; each has the number behind that of the one before.
    first: i64,
}

impl Topic {
    /// A topic that knows nothing of what ended before `since`.
    pub fn new(since: Revision, closed: bool) -> Self {
        let log = Log { since, dropped: Revision::ZERO, batches: VecDeque::new(), first: 0 };
        Self { log: RwLock::new(log), runs: Mutex::default(), signal: watch::Sender::new(Signal { closed }) }
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
            log.first -= 1;
        }
        log.since = since;
    }

    /// Adds the newest batch and drops what ended at or before `floor`. Watchers are not woken yet.
    pub fn push(&self, batch: Batch, floor: Revision) {
        let mut log = self.log.write();
        log.batches.push_back(batch);
        self.drop_ended_at(&mut log, floor);
    }

    /// Drops what ended at or before `floor`.
    pub fn trim(&self, floor: Revision) {
        self.drop_ended_at(&mut self.log.write(), floor);
    }

    /// What is dropped is in no run either: those would keep it.
    fn drop_ended_at(&self, log: &mut Log, floor: Revision) {
        if log.trim(floor) {
            self.runs.lock().retain(|shared| shared.first >= log.first);
        }
    }

    /// Drops everything: what ended at or before `floor` is not to be had.
    pub fn expire(&self, floor: Revision) {
        let mut log = self.log.write();
        log.first += log.batches.len() as i64;
        log.batches.clear();
        log.dropped = floor;
        self.runs.lock().clear();
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

    /// The first batch that ends after `after`, without what lies at or before `after`, and the number of the one behind it. It is
    /// found at once where it has the number `at`.
    pub fn next(&self, after: Revision, at: i64) -> Result<Option<(Batch, i64)>, Expired> {
        let log = self.log.read();
        if after < log.dropped {
            let newest = log.batches.back().map_or(log.dropped, |batch| batch.revision);
            return Err(Expired { asked: after, oldest: log.dropped, newest });
        }
        let start = log.start(after, at);
        let mut later = log.batches.range(start..).zip(log.first + start as i64 + 1..);
        Ok(later.find_map(|(batch, next)| Some((rest_of(batch, after)?, next))))
    }

    /// The run that begins with `first`, whose number is `number`, and the number of the batch behind it; `None` where `first` is
    /// not all of what has that number.
    pub fn run(&self, first: &Batch, number: i64) -> Option<(Arc<Run>, i64)> {
        let log = self.log.read();
        let place = usize::try_from(number - log.first).ok()?;
        log.batches.get(place).filter(|batch| Arc::ptr_eq(&batch.events, &first.events))?;
        let end = log.first + log.batches.len() as i64;
        let mut runs = self.runs.lock();
        if let Some(known) = runs.iter().find(|known| known.first == number && (known.run.is_ended() || known.next == end)) {
            return Some((known.run.clone(), known.next));
        }
        let mut later = log.batches.range(place + 1..).cloned();
        let run = Arc::new(Run::gather(first.clone(), || later.next()));
        let next = number + run.batches().len() as i64;
        runs.retain(|known| known.first != number);
        runs.truncate(RUNS - 1);
        runs.push_front(Shared { first: number, next, run: run.clone() });
        Some((run, next))
    }
}

impl Log {
    /// Where the batches that end after `after` begin: where the one numbered `at` lies, if those are they.
    fn start(&self, after: Revision, at: i64) -> usize {
        let ends = |place: usize| self.batches.get(place).map(|batch| batch.revision);
        let told = usize::try_from(at - self.first).ok().filter(|place| *place <= self.batches.len());
        let begins = |place: &usize| {
            let before = place.checked_sub(1).and_then(ends).unwrap_or(self.dropped);
            before <= after && ends(*place).is_none_or(|end| end > after)
        };
        told.filter(begins).unwrap_or_else(|| self.batches.partition_point(|batch| batch.revision <= after))
    }

    /// Drops what ended at or before `floor`; whether that was anything.
    fn trim(&mut self, floor: Revision) -> bool {
        let before = self.first;
        while let Some(batch) = self.batches.pop_front_if(|batch| batch.revision <= floor) {
            self.dropped = batch.revision;
            self.first += 1;
        }
        self.first > before
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

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use kontiki_api::meta::{Head, Key};
    use kontiki_api::object::Draft;
    use kontiki_api::time::Time;

    use super::*;

    /// A batch of the two changes up to `end`.
    fn batch(end: u64) -> Batch {
        let event = |revision| {
            let key = Key::new("things", "", "one");
            let draft = Draft { key, head: Head::default(), value: Bytes::from_static(b"{\"metadata\":{}}"), splice: 13 };
            Event { object: draft.at(Revision(revision)), previous: None, deleted: false }
        };
        Batch { revision: Revision(end), time: Time::default(), events: [event(end - 1), event(end)].into() }
    }

    #[test]
    fn a_number_that_no_longer_fits_finds_the_same_batch() {
        let topic = Topic::new(Revision(20), false);
        let found = |after, at| {
            let next = topic.next(Revision(after), at).map_err(|expired| expired.oldest);
            next.map(|next| next.map(|(batch, number)| (batch.revision, batch.events.len(), number)))
        };
        let agree = || {
            for after in 0..=44 {
                let searched = found(after, 1_000);
                (-30..30).for_each(|at| assert_eq!(found(after, at), searched, "after {after} at {at}"));
            }
        };
        (11..=20).for_each(|half| topic.push(batch(half * 2), Revision::ZERO));
        agree();
        assert_eq!(found(23, 0), Ok(Some((Revision(24), 1, 2))));
        topic.extend_back(Revision(10), (6..=10).map(|half| batch(half * 2)).collect());
        agree();
        assert_eq!(found(23, 1), Ok(Some((Revision(24), 1, 2))), "what was there keeps its number");
        topic.push(batch(42), Revision(16));
        agree();
        assert_eq!(found(15, 0), Err(Revision(16)));
        topic.expire(Revision(42));
        topic.push(batch(44), Revision(42));
        agree();
    }
}
