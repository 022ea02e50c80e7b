use std::fmt::Debug;

use super::Change;

/// What a watch promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Promise {
    /// Changes come in the order of their revisions.
    Ordered,
    /// No change comes twice.
    Unique,
    /// No change is left out, none is made up, and all watchers see the same.
    Reliable,
    /// The changes of a commit come together.
    Atomic,
    /// A watch goes on where it is told to, or says that it cannot.
    Resumable,
    /// Behind a bookmark nothing comes from before it.
    Bookmarkable,
}

/// A broken promise: which, to whom, by what. `at` is the place in what the watcher saw.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Breach<K: Debug> {
    /// A change came after a later one.
    #[error("{watcher}, item {at}: revision {revision} came after {after}")]
    Disorder {
        /// Who saw it.
        watcher: String,
        /// Where.
        at: usize,
        /// The late change.
        revision: u64,
        /// The one before it.
        after: u64,
    },
    /// A change came again.
    #[error("{watcher}, item {at}: revision {revision} came again")]
    Repeat {
        /// Who saw it.
        watcher: String,
        /// Where.
        at: usize,
        /// The change.
        revision: u64,
    },
    /// A change was left out.
    #[error("{watcher}, item {at}: {} is missing ({promise:?}): {missing:?}", missing.revision)]
    Gap {
        /// Who did not see it.
        watcher: String,
        /// The item by which it should have been seen.
        at: usize,
        /// Which promise that breaks.
        promise: Promise,
        /// What is missing.
        missing: Change<K>,
    },
    /// A commit came in parts.
    #[error("{watcher}, item {at}: the commit that ends with {end} came without {missing:?}")]
    Split {
        /// Who saw it.
        watcher: String,
        /// Where.
        at: usize,
        /// The commit.
        end: u64,
        /// What did not come with it, or came with it and is of another.
        missing: Change<K>,
    },
    /// A change came that lies before a bookmark.
    #[error("{watcher}, item {at}: revision {revision} came after the bookmark {bookmark}")]
    BehindBookmark {
        /// Who saw it.
        watcher: String,
        /// Where.
        at: usize,
        /// The change.
        revision: u64,
        /// The bookmark.
        bookmark: u64,
    },
    /// A bookmark went back.
    #[error("{watcher}, item {at}: a bookmark at {revision} after {after}")]
    BookmarkWentBack {
        /// Who saw it.
        watcher: String,
        /// Where.
        at: usize,
        /// The bookmark.
        revision: u64,
        /// What had been delivered before.
        after: u64,
    },
    /// A watch was refused from a revision that is kept.
    #[error("{watcher}, item {at}: {asked} was refused as too old, yet {oldest} is kept")]
    NeedlessExpiry {
        /// Who was refused.
        watcher: String,
        /// Where.
        at: usize,
        /// What it asked for.
        asked: u64,
        /// What is kept, by the refusal itself.
        oldest: u64,
    },
    /// A change came that the watcher does not select.
    #[error("{watcher}, item {at}: {change:?} is none of its own")]
    Foreign {
        /// Who saw it.
        watcher: String,
        /// Where.
        at: usize,
        /// The change.
        change: Change<K>,
    },
    /// Two saw different changes at one revision, or a watcher another than the writer was told of.
    #[error("{watcher}, item {at}: {change:?}, but {known_from} knows {known:?}")]
    Disagreement {
        /// Who saw it.
        watcher: String,
        /// Where.
        at: usize,
        /// What it saw.
        change: Change<K>,
        /// What is known of the revision.
        known: Change<K>,
        /// By whom.
        known_from: String,
    },
    /// A list was not what there was at its revision.
    #[error("{watcher}, item {at}: the list as of {revision} has {found:?}, but the newest change before it is {known:?}")]
    Listing {
        /// Who was given it.
        watcher: String,
        /// Where.
        at: usize,
        /// The revision of the list.
        revision: u64,
        /// The revision of the object in it; `None` where it is not in it.
        found: Option<u64>,
        /// What is known of the object.
        known: Change<K>,
    },
    /// Two acknowledged changes have one revision.
    #[error("revision {} was given to {one:?} and to {other:?}", one.revision)]
    RevisionUsedTwice {
        /// One change.
        one: Change<K>,
        /// The other.
        other: Change<K>,
    },
    /// A change came that nobody made.
    #[error("{watcher}, item {at}: nobody wrote {change:?}")]
    MadeUp {
        /// Who saw it.
        watcher: String,
        /// Where.
        at: usize,
        /// The change.
        change: Change<K>,
    },
}

impl<K: Debug> Breach<K> {
    /// The promise that is broken.
    pub fn promise(&self) -> Promise {
        match self {
            Self::Disorder { .. } => Promise::Ordered,
            Self::Repeat { .. } => Promise::Unique,
            Self::Gap { promise, .. } => *promise,
            Self::Split { .. } => Promise::Atomic,
            Self::BehindBookmark { .. } | Self::BookmarkWentBack { .. } => Promise::Bookmarkable,
            Self::NeedlessExpiry { .. } => Promise::Resumable,
            Self::Listing { .. }
            | Self::Foreign { .. }
            | Self::Disagreement { .. }
            | Self::RevisionUsedTwice { .. }
            | Self::MadeUp { .. } => Promise::Reliable,
        }
    }
}
