//! Whose turn it is to write an object that several write at the same time.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use kontiki_api::meta::Key;
use parking_lot::Mutex;
use tokio::sync::{Mutex as Line, OwnedMutexGuard};
use tokio::time::timeout;

/// How long a turn is waited for. Whoever has it may wait for a webhook, even one that itself writes the same object: nobody else
/// shall feel more of that than this. Without webhooks a turn takes as long as a commit.
const PATIENCE: Duration = Duration::from_secs(1);

/// The lines of writers, one for each object that several write. Who was overtaken gets in line, and so does who comes while there
/// is one: each is overtaken by a few at most, however many there are.
#[derive(Debug, Default)]
pub(crate) struct Turns(Mutex<BTreeMap<Key, Arc<Line<()>>>>);

impl Turns {
    /// A turn at `key`, where there is a line.
    pub async fn if_any(self: &Arc<Self>, key: &Key) -> Option<Turn> {
        let line = self.0.lock().get(key).cloned()?;
        Some(Turn::wait(line, Place { turns: Arc::clone(self), key: key.clone() }).await)
    }

    /// A turn at `key`.
    pub async fn next(self: &Arc<Self>, key: Key) -> Turn {
        let line = Arc::clone(self.0.lock().entry(key.clone()).or_default());
        Turn::wait(line, Place { turns: Arc::clone(self), key }).await
    }
}

/// While this is there nobody else in line writes. It is given without its being one's turn where that takes too long.
#[derive(Debug)]
pub(crate) struct Turn {
    _held: Option<OwnedMutexGuard<()>>,
    // Behind that, so that it is dropped later: the line ends with the last who has left it.
    _place: Place,
}

impl Turn {
    async fn wait(line: Arc<Line<()>>, place: Place) -> Self {
        let held = timeout(PATIENCE, line.lock_owned()).await.ok();
        Self { _held: held, _place: place }
    }
}

/// A place in a line.
#[derive(Debug)]
struct Place {
    turns: Arc<Turns>,
    key: Key,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut lines = self.turns.0.lock();
        // Whoever else is in line has it too, and whoever gets in line asks the map.
        if lines.get(&self.key).is_some_and(|line| Arc::strong_count(line) == 1) {
            lines.remove(&self.key);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn turns_are_taken_one_after_the_other_and_leave_no_line() {
        let turns = Arc::new(Turns::default());
        let key = Key::new("configmaps", "n", "a");
        assert!(turns.if_any(&key).await.is_none());
        let first = turns.next(key.clone()).await;
        let mut second = Box::pin(turns.next(key.clone()));
        let mut third = Box::pin(turns.if_any(&key));
        assert!(second.as_mut().now_or_never().is_none() && third.as_mut().now_or_never().is_none());
        drop(first);
        let second = second.await;
        assert!(third.as_mut().now_or_never().is_none());
        drop(third);
        drop(second);
        assert!(turns.0.lock().is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_waits_for_ever() {
        let turns = Arc::new(Turns::default());
        let key = Key::new("configmaps", "n", "a");
        let first = turns.next(key.clone()).await;
        let second = turns.next(key.clone()).await;
        assert!(turns.next(key.clone()).now_or_never().is_none());
        drop(first);
        assert!(turns.next(key).now_or_never().is_some(), "the second has no turn");
        drop(second);
        assert!(turns.0.lock().is_empty());
    }
}
