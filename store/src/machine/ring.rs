use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use kontiki_api::meta::{Key, Revision};
use kontiki_api::object::Object;
use kontiki_api::request::RequestId;

use super::{Objects, Record, WindowLimits};
use crate::{Expired, HistoryEntry, Range};

/// The newest commits, oldest first, within the [`WindowLimits`].
#[derive(Debug)]
pub(crate) struct Ring {
    limits: WindowLimits,
    records: VecDeque<Arc<Record>>,
    ids: HashMap<RequestId, Revision>,
    cost: usize,
    floor: Revision,
}

impl Ring {
    /// An empty ring: nothing after `floor` has happened yet.
    pub fn new(limits: WindowLimits, floor: Revision) -> Self {
        Self { limits, records: VecDeque::new(), ids: HashMap::new(), cost: 0, floor }
    }

    /// Adds the newest commit and drops what the limits no longer hold; the newest always stays.
    pub fn push(&mut self, record: Arc<Record>) {
        self.cost += record.cost();
        self.ids.insert(record.id, record.end);
        let now = record.time;
        self.records.push_back(record);
        while self.records.len() > 1 && self.is_over(now) {
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

    /// The kept changes of `key`, oldest first, at most `limit` newest ones.
    pub fn history(&self, key: &Key, limit: usize) -> Vec<HistoryEntry> {
        let newest_first = self.records.iter().rev();
        let mut entries: Vec<_> = newest_first
            .flat_map(|record| record.events.iter().filter(|event| event.object.key == *key).map(|event| record.entry(event)))
            .take(limit)
            .collect();
        entries.reverse();
        entries
    }

    fn position(&self, end: Revision) -> usize {
        self.records.partition_point(|record| record.end < end)
    }

    fn is_over(&self, now: kontiki_api::time::Time) -> bool {
        let too_old = self.records.front().is_some_and(|oldest| now.since(oldest.time) > self.limits.age);
        too_old || self.cost > self.limits.bytes
    }

    fn drop_oldest(&mut self) {
        let Some(oldest) = self.records.pop_front() else { return };
        self.cost -= oldest.cost();
        self.floor = oldest.end;
        if self.ids.get(&oldest.id) == Some(&oldest.end) {
            self.ids.remove(&oldest.id);
        }
    }
}
