//! How one reconciler is run.

use crate::execute::Identity;

/// How one reconciler is run.
#[derive(Clone, Debug)]
pub struct Options {
    /// As whom it writes.
    pub identity: Identity,
    /// How many of its plans may be under way at once.
    pub in_flight: usize,
    /// Most keys of one pass, with [`crate::reconciler::Serial::All`].
    pub batch: usize,
}

impl Options {
    /// As `identity`; 128 plans under way, batches of at most 512 keys.
    pub fn of(identity: Identity) -> Self {
        Self { identity, in_flight: 128, batch: 512 }
    }

    /// As upstream's controller of that name.
    pub fn controller(name: &str) -> Self {
        Self::of(Identity::controller(name))
    }
}
