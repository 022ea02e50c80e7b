//! Changes as watchers see them.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::{FutureExt, Stream, StreamExt};
use kontiki_api::meta::Revision;
use kontiki_api::object::Object;
use kontiki_api::time::Time;

use crate::{Expired, Run};

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

impl Batch {
    /// The bytes of its objects.
    pub(crate) fn bytes(&self) -> usize {
        self.events.iter().map(|event| event.object.value.len()).sum()
    }
}

/// A stream of batches in commit order without gaps. Ends with `Err` where the watcher fell behind
/// what is kept, and with `None` where the store closes.
pub struct Watch {
    stream: Pin<Box<dyn Stream<Item = Item> + Send>>,
    /// What the stream has given and nobody has taken.
    ahead: Option<Option<Item>>,
    live: Option<Box<dyn Live>>,
}

type Item = Result<Batch, Expired>;

/// What is known of a watch of the present besides its batches.
pub(crate) trait Live: Send + Sync {
    /// See [`Watch::progress`].
    fn progress(&self) -> Option<Revision>;
    /// See [`Watch::company`].
    fn company(&self) -> usize;
    /// The run that begins with `told`, the batch that was told last; `None` where it is not to be shared.
    fn run(&self, told: &Batch) -> Option<Arc<Run>>;
}

impl Watch {
    /// Wraps an implementation's stream.
    pub fn new(stream: impl Stream<Item = Item> + Send + 'static) -> Self {
        Self { stream: Box::pin(stream), ahead: None, live: None }
    }

    /// Adds what is known of a watch of the present.
    pub(crate) fn with(mut self, live: impl Live + 'static) -> Self {
        self.live = Some(Box::new(live));
        self
    }

    /// How many watchers are told the same changes now, this one among them; 1 where that is not known.
    pub fn company(&self) -> usize {
        self.live.as_ref().map_or(1, |live| live.company())
    }

    /// The store's newest revision where everything of the range up to it has been delivered: what a
    /// bookmark may say. `None` while something waits to be delivered, or has fallen off.
    pub fn progress(&self) -> Option<Revision> {
        self.live.as_ref().and_then(|live| live.progress())
    }

    /// `told`, which this watch has just given, and what has happened since, as far as it travels together. All of that counts as
    /// given: what comes next begins behind it.
    pub fn run(&mut self, told: Batch) -> Arc<Run> {
        if let Some(run) = self.live.as_ref().and_then(|live| live.run(&told)) {
            return run;
        }
        Arc::new(Run::gather(told, || match self.next().now_or_never()? {
            Some(Ok(batch)) => Some(batch),
            other => {
                self.ahead = Some(other);
                None
            }
        }))
    }
}

impl Stream for Watch {
    type Item = Item;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Item>> {
        if let Some(ahead) = self.ahead.take() {
            return Poll::Ready(ahead);
        }
        self.stream.as_mut().poll_next(cx)
    }
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Watch")
    }
}
