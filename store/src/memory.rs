use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use kontiki_api::meta::{Key, Revision};
use kontiki_api::object::Object;
use kontiki_api::request::{LeaderId, RequestId};
use kontiki_api::time::Time;
use tokio::sync::watch;

use crate::core::Core;
use crate::machine::{State, WindowLimits, check_shape};
use crate::{
    Commit, CommitError, Committed, Expired, HistoryEntry, Kept, Leadership, Listing, Order, Range, Store, StoreStatus, Watch,
};

/// A store that forgets everything at the end: for tests and simulation. It takes no time and
/// spawns nothing; past reads reach as far as the watch window.
#[derive(Debug)]
pub struct MemoryStore {
    core: Core,
    closed: AtomicBool,
    leadership: watch::Sender<Leadership>,
}

/// A store of one's own is led by one leadership from its start to its end.
const LEADER: LeaderId = LeaderId { term: 1, node: 1 };

impl MemoryStore {
    /// An empty store with the default window.
    pub fn new() -> Self {
        Self::with_window(WindowLimits::default())
    }

    /// An empty store that keeps as much of the past as `limits` say.
    pub fn with_window(limits: WindowLimits) -> Self {
        let leadership = Leadership { leader: Some(LEADER), own: Some(Revision::ZERO) };
        let leadership = watch::Sender::new(leadership);
        Self { core: Core::new(State::new(limits)), closed: AtomicBool::new(false), leadership }
    }

    fn check_open(&self) -> Result<(), CommitError> {
        if self.closed.load(Ordering::Acquire) { Err(CommitError::Unavailable("it is closed".into())) } else { Ok(()) }
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn commit(&self, commit: Commit) -> Result<Committed, CommitError> {
        self.check_open()?;
        check_shape(&commit)?;
        let applied = self.core.apply(vec![commit.into()], LEADER).pop();
        applied.map_or_else(|| Err(CommitError::Unknown("nothing was applied".into())), |applied| applied.outcome)
    }

    async fn barrier(&self) -> Result<Revision, CommitError> {
        self.check_open()?;
        Ok(self.core.revision())
    }

    fn revision(&self) -> Revision {
        self.core.revision()
    }

    fn get(&self, key: &Key) -> Option<Arc<Object>> {
        self.core.get(key)
    }

    fn list(&self, range: &Range) -> Listing {
        self.core.list(range)
    }

    fn watch(&self, range: &Range, from: Revision) -> Result<Watch, Expired> {
        self.core.watch(range, from)
    }

    async fn get_at(&self, key: &Key, revision: Revision) -> Result<Option<Arc<Object>>, Expired> {
        self.core.get_at(key, revision)
    }

    async fn list_at(&self, range: &Range, revision: Revision) -> Result<Listing, Expired> {
        self.core.list_at(range, revision)
    }

    async fn changes(&self, range: &Range, order: Order, limit: usize) -> Result<Vec<HistoryEntry>, Expired> {
        self.core.changes(range, order, limit)
    }

    async fn revision_at(&self, time: Time) -> Result<Revision, Expired> {
        let kept = self.core.kept();
        match (self.core.revision_at(time), kept.since) {
            (Some(revision), _) => Ok(revision),
            (None, Some(since)) if time < since => {
                Err(Expired { asked: Revision::ZERO, oldest: kept.oldest, newest: kept.newest })
            }
            (None, _) => Ok(kept.oldest),
        }
    }

    async fn kept(&self) -> Kept {
        self.core.kept()
    }

    fn outcome(&self, id: RequestId) -> Option<Committed> {
        self.core.outcome(id)
    }

    fn leadership(&self) -> watch::Receiver<Leadership> {
        self.leadership.subscribe()
    }

    fn status(&self) -> StoreStatus {
        self.core.status(!self.closed.load(Ordering::Acquire))
    }

    async fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.core.close();
    }
}
