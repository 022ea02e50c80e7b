use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::Stream;
use kontiki_api::meta::Revision;
use tokio::sync::watch;

use super::Topic;
use super::topic::Signal;
use crate::{Batch, Expired};

/// One watcher's place in a topic.
#[derive(Debug)]
pub(crate) struct Cursor {
    topic: Arc<Topic>,
    signal: watch::Receiver<Signal>,
    after: Arc<AtomicU64>,
    /// The number of the batch that comes next, as far as is known.
    at: i64,
    expired: bool,
}

impl Cursor {
    /// A watcher that has seen everything up to `after`.
    pub fn new(topic: Arc<Topic>, after: Revision) -> Self {
        let mut signal = topic.subscribe();
        signal.mark_changed();
        Self { topic, signal, after: Arc::new(AtomicU64::new(after.0)), at: 0, expired: false }
    }

    /// Where this watcher stands, shared with its stream.
    pub fn place(&self) -> (Arc<Topic>, Arc<AtomicU64>) {
        (self.topic.clone(), self.after.clone())
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
            match self.topic.next(Revision(self.after.load(Ordering::Acquire)), self.at) {
                Ok(Some((batch, next))) => {
                    self.at = next;
                    self.after.store(batch.revision.0, Ordering::Release);
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
