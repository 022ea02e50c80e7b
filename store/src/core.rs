use std::sync::Arc;

use kontiki_api::meta::{Key, Revision};
use kontiki_api::object::Object;
use kontiki_api::request::{LeaderId, RequestId};
use kontiki_api::time::Time;
use parking_lot::RwLock;

use crate::hub::{Cursor, Place, Topic, Topics};
use crate::machine::{Applied, Proposed, State};
use crate::watch::Live;
use crate::{Batch, Commit, CommitError, Committed, Expired, HistoryEntry, Kept, Listing, Order, Range, Run, StoreStatus, Watch};

/// The state machine as readers share it with the one who applies: reads never see half a commit.
#[derive(Clone, Debug)]
pub(crate) struct Core(Arc<RwLock<Inner>>);

#[derive(Debug)]
struct Inner {
    state: State,
    topics: Topics,
}

impl Core {
    /// Shares `state`.
    pub fn new(state: State) -> Self {
        Self(Arc::new(RwLock::new(Inner { state, topics: Topics::default() })))
    }

    /// Applies the commits in order, makes them visible, wakes the watchers they touch.
    /// All of them were decided by `leader`.
    pub fn apply(&self, batch: Vec<Proposed>, leader: LeaderId) -> Vec<Applied> {
        let mut touched: Vec<Arc<Topic>> = Vec::new();
        let mut inner = self.0.write();
        let mut applied = Vec::with_capacity(batch.len());
        for proposed in batch {
            let one = inner.state.apply(proposed, leader);
            if let Some(record) = &one.record {
                let floor = inner.state.ring.floor();
                inner.topics.publish(record, floor, &mut touched);
            }
            applied.push(one);
        }
        drop(inner);
        touched.iter().for_each(|topic| topic.wake());
        applied
    }

    /// Puts `state`, which is newer, in the place of what was here. Watchers see what happened between where the
    /// new window reaches back far enough, and are told that they fell off where it does not.
    pub fn replace(&self, state: State) {
        let mut touched: Vec<Arc<Topic>> = Vec::new();
        let mut inner = self.0.write();
        let old = std::mem::replace(&mut inner.state, state);
        let Inner { state, topics } = &mut *inner;
        let floor = state.ring.floor();
        if old.revision < floor {
            topics.expire(floor, &mut touched);
        }
        for record in state.ring.after(old.revision) {
            topics.publish(record, floor, &mut touched);
        }
        drop(inner);
        touched.iter().for_each(|topic| topic.wake());
        drop(old);
    }

    /// The answer where it is certain without writing; see [`State::decide`].
    pub fn decide(&self, commit: &Commit) -> Result<Option<Committed>, CommitError> {
        self.0.read().state.decide(commit)
    }

    /// See [`crate::Store::outcome`].
    pub fn outcome(&self, id: RequestId) -> Option<Committed> {
        let inner = self.0.read();
        let first = inner.state.ring.by_id(id)?;
        let objects = first.events.iter().map(|event| event.object.clone()).collect();
        Some(Committed { revision: first.end, time: first.time, objects })
    }

    /// The newest commit end.
    pub fn revision(&self) -> Revision {
        self.0.read().state.revision
    }

    /// The oldest revision a watch can start from.
    pub fn floor(&self) -> Revision {
        self.0.read().state.ring.floor()
    }

    /// The object now.
    pub fn get(&self, key: &Key) -> Option<Arc<Object>> {
        self.0.read().state.objects.get(key).cloned()
    }

    /// The objects of `range` now.
    pub fn list(&self, range: &Range) -> Listing {
        let inner = self.0.read();
        Listing { revision: inner.state.revision, objects: inner.state.objects.list(range) }
    }

    /// See [`crate::Store::watch`].
    pub fn watch(&self, range: &Range, from: Revision) -> Result<Watch, Expired> {
        let mut inner = self.0.write();
        let Inner { state, topics } = &mut *inner;
        state.ring.end_of(from, state.revision)?;
        let cursor = Cursor::new(topics.open(range, from, &state.ring), from);
        drop(inner);
        let followed = Followed { core: self.clone(), place: cursor.place() };
        Ok(Watch::new(cursor.stream()).with(followed))
    }

    /// The object as of `revision`, within the window.
    pub fn get_at(&self, key: &Key, revision: Revision) -> Result<Option<Arc<Object>>, Expired> {
        let inner = self.0.read();
        let State { ring, objects, revision: newest, .. } = &inner.state;
        let end = ring.end_of(revision, *newest)?;
        Ok(ring.get_at(objects, key, end))
    }

    /// The objects of `range` as of `revision`, within the window.
    pub fn list_at(&self, range: &Range, revision: Revision) -> Result<Listing, Expired> {
        let inner = self.0.read();
        let State { ring, objects, revision: newest, .. } = &inner.state;
        let end = ring.end_of(revision, *newest)?;
        Ok(Listing { revision: end, objects: ring.list_at(objects, range, end) })
    }

    /// The changes of `range` within the window.
    pub fn changes(&self, range: &Range, order: Order, limit: usize) -> Result<Vec<HistoryEntry>, Expired> {
        let inner = self.0.read();
        if let Order::OldestAfter(after) = order {
            inner.state.ring.end_of(after, inner.state.revision)?;
        }
        Ok(inner.state.ring.changes(range, order, limit))
    }

    /// The newest commit end at `time`; `None` where the window does not reach back so far.
    pub fn revision_at(&self, time: Time) -> Option<Revision> {
        self.0.read().state.ring.revision_at(time)
    }

    /// How far the window reaches.
    pub fn kept(&self) -> Kept {
        let inner = self.0.read();
        let State { ring, revision, .. } = &inner.state;
        Kept { oldest: ring.floor(), since: ring.since(), newest: *revision, bytes: 0 }
    }

    /// Figures; whether this member leads is for the caller to say.
    pub fn status(&self, leader: bool) -> StoreStatus {
        let inner = self.0.read();
        let State { ring, objects, revision, .. } = &inner.state;
        let (objects, bytes) = (objects.count(), objects.bytes());
        StoreStatus { revision: *revision, watchable_from: ring.floor(), objects, bytes, leader }
    }

    /// Ends all watches.
    pub fn close(&self) {
        self.0.write().topics.close();
    }
}

/// A watch as this state knows it.
struct Followed {
    core: Core,
    place: Arc<Place>,
}

impl Live for Followed {
    fn progress(&self) -> Option<Revision> {
        let inner = self.core.0.read();
        matches!(self.place.topic.next(self.place.after(), 0), Ok(None)).then_some(inner.state.revision)
    }

    fn company(&self) -> usize {
        self.place.topic.watchers()
    }

    fn run(&self, told: &Batch) -> Option<Arc<Run>> {
        self.place.run(told)
    }
}
