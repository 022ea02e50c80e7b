use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The highest log index of which this member told another that it is committed. Whoever is told applies it at once, and
/// its readers see it, perhaps before this member has applied it itself.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disclosed(Arc<AtomicU64>);

impl Disclosed {
    /// Another member is about to be told that everything up to `index` is committed.
    pub fn tell(&self, index: u64) {
        self.0.fetch_max(index, Ordering::SeqCst);
    }

    /// The highest index that another member may know of.
    pub fn index(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}
