//! Changes as a watcher sees them.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::Stream;
use kontiki_api::meta::Revision;
use kontiki_api::object::Object;
use kontiki_api::status::Status;
use kontiki_store::{Event, Run};

/// `type` of a watch event that carries an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WatchKind {
    /// It is there now, or selected now.
    Added,
    /// It was and is selected, and changed.
    Modified,
    /// It is gone, or no longer selected.
    Deleted,
}

impl WatchKind {
    /// As upstream writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "ADDED",
            Self::Modified => "MODIFIED",
            Self::Deleted => "DELETED",
        }
    }
}

/// One event of a watch.
#[derive(Clone, Debug)]
pub enum WatchItem {
    /// A change of one object.
    Change(WatchKind, Arc<Object>),
    /// Everything up to this revision has been told.
    Bookmark {
        /// The revision.
        revision: Revision,
        /// Whether this closes the initial events.
        initial_end: bool,
    },
    /// The watch ends here.
    Error(Status),
}

impl WatchItem {
    /// As a watcher sees it who selects everything of the range.
    fn of(event: &Event) -> Self {
        let kind = match &event.previous {
            _ if event.deleted => WatchKind::Deleted,
            Some(_) => WatchKind::Modified,
            None => WatchKind::Added,
        };
        Self::Change(kind, told_of(event))
    }
}

/// The object that `event` tells: of a deletion the state before it, as upstream, at the revision of the deletion. What a
/// deletion writes into the object was never there to be read.
pub(super) fn told_of(event: &Event) -> Arc<Object> {
    match &event.previous {
        Some(before) if event.deleted => before.republished(event.object.revision),
        _ => Arc::clone(&event.object),
    }
}

/// What a watcher is told at once: the events of one commit, or of several together.
#[derive(Clone, Debug)]
pub enum Told {
    /// What is told to this one.
    Own(Vec<WatchItem>),
    /// All that happened, which is told to others as well.
    Shared(Arc<Run>),
}

impl Told {
    /// The events.
    pub fn items(self) -> Vec<WatchItem> {
        match self {
            Self::Own(items) => items,
            Self::Shared(run) => items_of(&run),
        }
    }

    /// How many events there are.
    pub fn count(&self) -> usize {
        match self {
            Self::Own(items) => items.len(),
            Self::Shared(run) => run.events().count(),
        }
    }
}

/// The events of `run`, all of them.
pub(crate) fn items_of(run: &Run) -> Vec<WatchItem> {
    run.events().map(WatchItem::of).collect()
}

/// A stream of what a watcher is told.
pub struct WatchStream {
    stream: Pin<Box<dyn Stream<Item = Told> + Send>>,
}

impl WatchStream {
    /// Wraps a stream of what is told.
    pub fn new(stream: impl Stream<Item = Told> + Send + 'static) -> Self {
        Self { stream: Box::pin(stream) }
    }
}

impl Stream for WatchStream {
    type Item = Told;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.stream.as_mut().poll_next(cx)
    }
}
