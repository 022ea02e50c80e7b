use super::Change;

/// One thing that a watcher saw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seen<K> {
    /// The watch began, or was resumed: everything after this revision is to be delivered.
    Began {
        /// The revision, exclusive.
        after: u64,
    },
    /// All that is selected was listed, as of this revision.
    Listed {
        /// The revision of the list.
        revision: u64,
        /// The objects in it: key, revision, and what each is as a number where somebody looked.
        objects: Vec<(K, u64, Option<u64>)>,
    },
    /// Changes that came together.
    Changes {
        /// The commit they are of, where the watch tells: its last revision. Then all of it came, and nothing else.
        end: Option<u64>,
        /// The changes, as they came.
        changes: Vec<Change<K>>,
    },
    /// Everything up to here was delivered: by a bookmark, or because the watcher waited until it had caught up.
    Bookmark {
        /// The revision, inclusive.
        revision: u64,
    },
    /// The watch was refused, or ended, because changes after `asked` are not kept (410 Gone).
    Expired {
        /// From where it was to go on.
        asked: u64,
        /// From where it could.
        oldest: u64,
    },
}

/// Everything that one watcher saw, in the order in which it saw it.
pub struct Watcher<K> {
    /// For the reader of a verdict.
    pub name: String,
    /// What it watches.
    pub selects: Box<dyn Fn(&K) -> bool>,
    /// What it saw.
    pub seen: Vec<Seen<K>>,
}

impl<K> std::fmt::Debug for Watcher<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watcher").field("name", &self.name).field("seen", &self.seen.len()).finish_non_exhaustive()
    }
}
