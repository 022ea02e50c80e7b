//! Events are kept for a while, an hour unless told otherwise, from their last write (upstream's `--event-ttl`).
//!
//! Upstream has the store forget them, so that no controller of this name is there; here they are deleted as anything
//! else is, so that watchers, history and quota see it.

mod reconcile;
#[cfg(test)]
mod suite;

pub(crate) use reconcile::KEPT;
pub use reconcile::{ByLastWrite, EventTtl};

#[cfg(test)]
use kontiki_runtime::testing::{Scenario, Suite};

use crate::registered::{Registered, Setup};

impl Registered for EventTtl {
    fn make(setup: &Setup) -> Self {
        Self { ttl: setup.event_ttl }
    }

    #[cfg(test)]
    fn suite() -> (Suite<Self>, Vec<Scenario>) {
        suite::suite()
    }
}
