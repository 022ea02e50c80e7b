use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use kontiki_api::meta::{Key, Revision};
use kontiki_api::object::Object;
use kontiki_api::request::RequestId;
use kontiki_api::time::Time;

use super::{Objects, Record, WindowLimits, counted};
use crate::{Expired, HistoryEntry, Order, Range};

/// The newest commits, oldest first, within the [`WindowLimits`].
#[derive(Debug)]
pub(crate) struct Ring {
    limits: WindowLimits,
    records: VecDeque<Arc<Record>>,
    ids: HashMap<RequestId, Revision>,
    cost: usize,
    /// From the oldest record to the newest, silences shortened.
    age: Duration,
    floor: Revision,
    since: Option<Time>,
}

impl Ring {
    /// An empty ring: nothing after `floor` has happened yet.
    pub fn new(limits: WindowLimits, floor: Revision) -> Self {
        Self { limits, records: VecDeque::new(), ids: HashMap::new(), cost: 0, age: Duration::ZERO, floor, since: None }
    }

    /// Adds the newest commit and drops what the limits no longer hold; the newest always stays.
    pub fn push(&mut self, record: Arc<Record>) {
        self.cost += record.cost();
        self.ids.insert(record.id, record.end);
        self.age += self.records.back().map_or(Duration::ZERO, |newest| counted(newest.time, record.time));
        self.records.push_back(record);
        while self.records.len() > 1 && self.is_over() {
            self.drop_oldest();
        }
    }

    /// The oldest revision from which all later changes are here.
    pub fn floor(&self) -> Revision {
        self.floor
    }

    /// The commit that was made under `id`.
    pub fn by_id(&self, id: RequestId) -> Option<&Arc<Record>> {
        let end = *self.ids.get(&id)?;
        self.records.get(self.position(end))
    }

    /// The commits that end after `from`, oldest first.
    pub fn after(&self, from: Revision) -> impl DoubleEndedIterator<Item = &Arc<Record>> {
        self.records.range(self.position(Revision(from.0.saturating_add(1)))..)
    }

    /// The end of the commit that holds `revision`.
    pub fn end_of(&self, revision: Revision, newest: Revision) -> Result<Revision, Expired> {
        if revision < self.floor || revision > newest {
            return Err(Expired { asked: revision, oldest: self.floor, newest });
        }
        if revision == self.floor {
            return Ok(self.floor);
        }
        Ok(self.records.get(self.position(revision)).map_or(newest, |record| record.end))
    }

    /// The object at `key` as of the commit end `end`, undone from `now`.
    pub fn get_at(&self, now: &Objects, key: &Key, end: Revision) -> Option<Arc<Object>> {
        let mut later = self.after(end).flat_map(|record| record.events.iter());
        match later.find(|event| event.object.key == *key) {
            Some(event) => event.previous.clone(),
            None => now.get(key).cloned(),
        }
    }

    /// The objects of `range` as of the commit end `end`, undone from `now`.
    pub fn list_at(&self, now: &Objects, range: &Range, end: Revision) -> Vec<Arc<Object>> {
        let mut undone: BTreeMap<&Key, Option<&Arc<Object>>> = BTreeMap::new();
        for event in self.after(end).flat_map(|record| record.events.iter()) {
            if range.contains(&event.object.key) {
                undone.entry(&event.object.key).or_insert(event.previous.as_ref());
            }
        }
        let current = now.list(range);
        if undone.is_empty() {
            return current;
        }
        let same = current.iter().filter(|object| !undone.contains_key(&object.key));
        let mut objects: Vec<_> = same.chain(undone.values().copied().flatten()).cloned().collect();
        objects.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        objects
    }

    /// The changes of `range` in the window, at most `limit`. Whether it reaches back as far as `order` asks is
    /// for the caller to know.
    pub fn changes(&self, range: &Range, order: Order, limit: usize) -> Vec<HistoryEntry> {
        let of = |record: &Arc<Record>| -> Vec<HistoryEntry> {
            let events = record.events.iter().filter(|event| range.contains(&event.object.key));
            events.map(|event| record.entry(event)).collect()
        };
        match order {
            Order::NewestBefore(before) => {
                let entries = self.records.iter().rev().flat_map(|record| of(record).into_iter().rev());
                entries.filter(|entry| entry.object.revision < before).take(limit).collect()
            }
            Order::OldestAfter(after) => {
                let entries = self.after(after).flat_map(of);
                entries.filter(|entry| entry.object.revision > after).take(limit).collect()
            }
        }
    }

    /// The newest commit end at `time`; `None` where the window does not reach back so far.
    pub fn revision_at(&self, time: Time) -> Option<Revision> {
        let behind = self.records.partition_point(|record| record.time <= time);
        self.records.get(behind.checked_sub(1)?).map(|record| record.end)
    }

    /// When the state at the floor had come to be, where a commit was dropped; the beginning otherwise.
    pub fn since(&self) -> Option<Time> {
        self.since
    }

    fn position(&self, end: Revision) -> usize {
        self.records.partition_point(|record| record.end < end)
    }

    fn is_over(&self) -> bool {
        self.age > self.limits.age || self.cost > self.limits.bytes
    }

    fn drop_oldest(&mut self) {
        let Some(oldest) = self.records.pop_front() else { return };
        self.cost -= oldest.cost();
        self.age -= self.records.front().map_or(Duration::ZERO, |next| counted(oldest.time, next.time));
        self.floor = oldest.end;
        self.since = Some(oldest.time);
        if self.ids.get(&oldest.id) == Some(&oldest.end) {
            self.ids.remove(&oldest.id);
        }
    }
}
