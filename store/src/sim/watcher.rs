use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::StreamExt;
use kontiki_api::meta::{Key, Revision};
use kontiki_api::object::Object;
use kontiki_checker::{Change, Kind, Seen};
use parking_lot::Mutex;

use super::mutant::Mutant;
use super::objects::value;
use super::open_store::OpenStore;
use crate::{Batch, Event, Range};

/// Between two bookmarks of a quiet watch.
const BOOKMARK: Duration = Duration::from_millis(150);

/// What a watcher has seen so far, and from where it would go on.
#[derive(Debug, Default)]
pub struct Sight {
    pub seen: Vec<Seen<Key>>,
    /// Everything up to here has been delivered.
    pub position: u64,
    /// Whether a watch has begun before.
    begun: bool,
    /// What the watch in between came to.
    pub state: State,
}

/// How a watch fares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum State {
    /// None is under way.
    #[default]
    Idle,
    /// It runs.
    Running,
    /// What lies behind the position is not kept: everything has to be listed anew.
    Lost,
}

/// One watch at one member: from the first change to the last, until it is told to stop.
pub struct Following {
    pub range: Range,
    pub sight: Arc<Mutex<Sight>>,
    pub stop: Arc<AtomicBool>,
    pub mutant: Option<Mutant>,
}

impl Following {
    /// Watches at `front`; `lists` first where everything is to be begun anew.
    pub async fn run(self, front: Arc<OpenStore>, lists: bool) {
        if lists {
            if front.barrier().await.is_err() {
                return self.ended(State::Lost);
            }
            let listing = front.core.list(&self.range);
            if self.is_stopped() {
                return;
            }
            let mut sight = self.sight.lock();
            (sight.position, sight.begun) = (listing.revision.0, false);
            let one = |object: &Arc<Object>| (object.key.clone(), object.revision.0, Some(value(object)));
            let objects = listing.objects.iter().map(one).collect();
            sight.seen.push(Seen::Listed { revision: listing.revision.0, objects });
        }
        let (from, resumed) = {
            let sight = self.sight.lock();
            (sight.position, sight.begun)
        };
        match front.core.watch(&self.range, Revision(self.asked(&front, from, resumed))) {
            Ok(watch) => {
                self.note(Seen::Began { after: from }, from);
                self.sight.lock().begun = true;
                self.follow(watch).await;
            }
            // This member does not know yet what another has shown.
            Err(expired) if expired.asked > expired.newest => self.ended(State::Idle),
            Err(expired) => {
                self.note(Seen::Expired { asked: expired.asked.0, oldest: expired.oldest.0 }, from);
                self.ended(State::Lost);
            }
        }
    }

    async fn follow(&self, mut watch: crate::Watch) {
        loop {
            let next = tokio::time::timeout(BOOKMARK, watch.next()).await;
            if self.is_stopped() {
                return;
            }
            match next {
                Ok(Some(Ok(batch))) => self.note(came(&batch), batch.revision.0),
                Ok(Some(Err(expired))) => {
                    let position = self.sight.lock().position;
                    self.note(Seen::Expired { asked: expired.asked.0, oldest: expired.oldest.0 }, position);
                    return self.ended(State::Lost);
                }
                Ok(None) => return self.ended(State::Idle),
                Err(_) => {
                    if let Some(revision) = watch.progress() {
                        self.note(Seen::Bookmark { revision: revision.0 }, revision.0);
                    }
                }
            }
        }
    }

    /// The revision from which the store is asked.
    fn asked(&self, front: &OpenStore, from: u64, resumed: bool) -> u64 {
        match self.mutant.filter(|_| resumed) {
            Some(Mutant::WatchGap) => front.core.revision().0.max(from),
            Some(Mutant::WatchRepeat) => from.saturating_sub(1),
            _ => from,
        }
    }

    fn note(&self, seen: Seen<Key>, position: u64) {
        let mut sight = self.sight.lock();
        sight.seen.push(seen);
        sight.position = position;
    }

    fn ended(&self, state: State) {
        if !self.is_stopped() {
            self.sight.lock().state = state;
        }
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

fn came(batch: &Batch) -> Seen<Key> {
    Seen::Changes { end: Some(batch.revision.0), changes: batch.events.iter().map(change).collect() }
}

fn change(event: &Event) -> Change<Key> {
    let kind = match (event.deleted, &event.previous) {
        (true, _) => Kind::Deleted,
        (false, None) => Kind::Created,
        (false, Some(_)) => Kind::Modified,
    };
    let value = if event.deleted { None } else { Some(value(&event.object)) };
    Change { revision: event.object.revision.0, key: event.object.key.clone(), kind, value }
}
