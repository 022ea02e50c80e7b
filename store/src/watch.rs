//! Changes as watchers see them.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::Stream;
use kontiki_api::meta::Revision;
use kontiki_api::object::Object;
use kontiki_api::time::Time;

use crate::Expired;

/// One change of one object.
#[derive(Clone, Debug)]
pub struct Event {
    /// The state from now on; for a deletion the last state, republished at the deletion's revision.
    pub object: Arc<Object>,
    /// The state before; `None` for a creation.
    pub previous: Option<Arc<Object>>,
    /// Whether this is a deletion.
    pub deleted: bool,
}

/// The part of one commit that lies in a watcher's range: all of it or, where the watch was
/// resumed inside the commit, the rest of it.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The commit's end. Everything of the range up to here has been delivered with this batch.
    pub revision: Revision,
    /// The commit's time.
    pub time: Time,
    /// The changes, in revision order; at least one. How far a quiet range is known to be unchanged is asked with
    /// [`Watch::progress`], at no cost to the others.
    pub events: Arc<[Event]>,
}

/// A stream of batches in commit order without gaps. Ends with `Err` where the watcher fell behind
/// what is kept, and with `None` where the store closes.
pub struct Watch {
    stream: Pin<Box<dyn Stream<Item = Result<Batch, Expired>> + Send>>,
    progress: Option<Box<dyn Fn() -> Option<Revision> + Send + Sync>>,
    company: Option<Box<dyn Fn() -> usize + Send + Sync>>,
}

impl Watch {
    /// Wraps an implementation's stream.
    pub fn new(stream: impl Stream<Item = Result<Batch, Expired>> + Send + 'static) -> Self {
        Self { stream: Box::pin(stream), progress: None, company: None }
    }

    /// Adds what [`Watch::progress`] answers.
    #[must_use]
    pub fn reporting(mut self, progress: impl Fn() -> Option<Revision> + Send + Sync + 'static) -> Self {
        self.progress = Some(Box::new(progress));
        self
    }

    /// Adds what [`Watch::company`] answers.
    #[must_use]
    pub fn among(mut self, company: impl Fn() -> usize + Send + Sync + 'static) -> Self {
        self.company = Some(Box::new(company));
        self
    }

    /// How many watchers are told the same changes now, this one among them; 1 where that is not known.
    pub fn company(&self) -> usize {
        self.company.as_ref().map_or(1, |company| company())
    }

    /// The store's newest revision where everything of the range up to it has been delivered: what a
    /// bookmark may say. `None` while something waits to be delivered, or has fallen off.
    pub fn progress(&self) -> Option<Revision> {
        self.progress.as_ref().and_then(|progress| progress())
    }
}

impl Stream for Watch {
    type Item = Result<Batch, Expired>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.stream.as_mut().poll_next(cx)
    }
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Watch")
    }
}
