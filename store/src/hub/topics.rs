use std::collections::HashMap;
use std::sync::Arc;

use kontiki_api::meta::{Key, Revision};

use super::{Topic, batch_of};
use crate::Range;
use crate::machine::{Record, Ring};

/// The watched ranges.
#[derive(Debug, Default)]
pub(crate) struct Topics {
    by_range: HashMap<Range, Arc<Topic>>,
    closed: bool,
}

impl Topics {
    /// The topic of `range`, complete from `from` on; `from` must lie within the ring.
    pub fn open(&mut self, range: &Range, from: Revision, ring: &Ring) -> Arc<Topic> {
        self.sweep(ring.floor());
        let closed = self.closed;
        let newest = ring.after(from).next_back().map_or(from, |record| record.end);
        let topic = self.by_range.entry(range.clone()).or_insert_with(|| Arc::new(Topic::new(newest, closed)));
        let since = topic.since();
        if from < since {
            let older = ring.after(from).take_while(|record| record.end <= since);
            topic.extend_back(from, older.filter_map(|record| batch_of(record, range)).collect());
        }
        topic.clone()
    }

    /// Hands `record` to the topics it touches; these are noted in `touched`, to be woken.
    pub fn publish(&mut self, record: &Record, floor: Revision, touched: &mut Vec<Arc<Topic>>) {
        if self.by_range.is_empty() {
            return;
        }
        let mut ranges: Vec<Range> = record.events.iter().flat_map(|event| ranges_of(&event.object.key)).collect();
        if record.events.len() > 1 {
            ranges = distinct(ranges);
        }
        for range in ranges {
            let Some(topic) = self.by_range.get(&range) else { continue };
            if !topic.is_watched() {
                self.by_range.remove(&range);
                continue;
            }
            if let Some(batch) = batch_of(record, &range) {
                topic.push(batch, floor);
                note(touched, topic);
            }
        }
    }

    /// Tells all watchers that changes up to `floor` are not to be had; they are noted in `touched`.
    pub fn expire(&mut self, floor: Revision, touched: &mut Vec<Arc<Topic>>) {
        for topic in self.by_range.values() {
            topic.expire(floor);
            note(touched, topic);
        }
        // Watchers to come begin with topics of their own.
        self.by_range.clear();
    }

    /// Ends every watch, present and future.
    pub fn close(&mut self) {
        self.closed = true;
        self.by_range.values().for_each(|topic| topic.close());
    }

    /// Forgets ranges that nobody watches any more, and what fell off the ring.
    fn sweep(&mut self, floor: Revision) {
        self.by_range.retain(|_, topic| topic.is_watched());
        self.by_range.values().for_each(|topic| topic.trim(floor));
    }
}

fn ranges_of(key: &Key) -> [Range; 4] {
    [
        Range::All,
        Range::Resource(key.resource.clone()),
        Range::Namespace(key.resource.clone(), key.namespace.clone()),
        Range::Key(key.clone()),
    ]
}

fn distinct(ranges: Vec<Range>) -> Vec<Range> {
    let mut seen = std::collections::HashSet::new();
    ranges.into_iter().filter(|range| seen.insert(range.clone())).collect()
}

fn note(touched: &mut Vec<Arc<Topic>>, topic: &Arc<Topic>) {
    if !touched.iter().any(|known| Arc::ptr_eq(known, topic)) {
        touched.push(topic.clone());
    }
}
