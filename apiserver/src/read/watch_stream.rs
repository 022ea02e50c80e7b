//! Changes as a watcher sees them.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::Stream;
use kontiki_api::meta::Revision;
use kontiki_api::object::Object;
use kontiki_api::status::Status;

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

/// A stream of events, those of one commit or of several together.
pub struct WatchStream {
    stream: Pin<Box<dyn Stream<Item = Vec<WatchItem>> + Send>>,
}

impl WatchStream {
    /// Wraps a stream of events.
    pub fn new(stream: impl Stream<Item = Vec<WatchItem>> + Send + 'static) -> Self {
        Self { stream: Box::pin(stream) }
    }
}

impl Stream for WatchStream {
    type Item = Vec<WatchItem>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.stream.as_mut().poll_next(cx)
    }
}
