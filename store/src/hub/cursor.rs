use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use futures::Stream;
use kontiki_api::meta::Revision;
use tokio::sync::watch;

use super::Topic;
use super::topic::Signal;
use crate::{Batch, Expired, Run};

/// One watcher in a topic.
#[derive(Debug)]
pub(crate) struct Cursor {
    place: Arc<Place>,
    signal: watch::Receiver<Signal>,
    expired: bool,
}

/// Where a watcher stands in a topic: its cursor moves it, and so does who takes more than one batch at once.
#[derive(Debug)]
pub(crate) struct Place {
    /// What is watched.
    pub topic: Arc<Topic>,
    after: AtomicU64,
    /// The number of the batch that comes next, as far as is known.
    at: AtomicI64,
}

impl Place {
    /// Everything up to here has been delivered.
    pub fn after(&self) -> Revision {
        Revision(self.after.load(Ordering::Acquire))
    }

    /// The run that begins with `told`, the batch that was delivered last, and that now counts as delivered; `None` where `told` is
    /// only a part of what was committed.
    pub fn run(&self, told: &Batch) -> Option<Arc<Run>> {
        let (run, next) = self.topic.run(told, self.at.load(Ordering::Acquire) - 1)?;
        self.advance(run.revision(), next);
        Some(run)
    }

    fn advance(&self, after: Revision, next: i64) {
        self.at.store(next, Ordering::Release);
        self.after.store(after.0, Ordering::Release);
    }
}

impl Cursor {
    /// A watcher that has seen everything up to `after`.
    pub fn new(topic: Arc<Topic>, after: Revision) -> Self {
        let mut signal = topic.subscribe();
        signal.mark_changed();
        let place = Arc::new(Place { topic, after: AtomicU64::new(after.0), at: AtomicI64::new(0) });
        Self { place, signal, expired: false }
    }

    /// Where this watcher stands, shared with its stream.
    pub fn place(&self) -> Arc<Place> {
        self.place.clone()
    }

    /// The batches from here on.
    pub fn stream(self) -> impl Stream<Item = Result<Batch, Expired>> + Send + 'static {
        futures::stream::unfold(self, |mut cursor| async move {
            let item = cursor.next().await?;
            Some((item, cursor))
        })
    }

    async fn next(&mut self) -> Option<Result<Batch, Expired>> {
        if self.expired {
            return None;
        }
        loop {
            let closed = self.signal.borrow_and_update().closed;
            match self.place.topic.next(self.place.after(), self.place.at.load(Ordering::Acquire)) {
                Ok(Some((batch, next))) => {
                    self.place.advance(batch.revision, next);
                    return Some(Ok(batch));
                }
                Ok(None) if closed => return None,
                Ok(None) => self.signal.changed().await.ok()?,
                Err(expired) => {
                    self.expired = true;
                    return Some(Err(expired));
                }
            }
        }
    }
}
