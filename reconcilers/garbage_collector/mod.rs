//! Garbage collection: what becomes of dependents when their owners go.
//!
//! Follows upstream's "Garbage Collection" page: background, foreground and orphan deletion over
//! every kind, with owners told apart by uid.

mod owners;
mod reconcile;
#[cfg(test)]
mod suite;

pub use reconcile::GarbageCollector;

use kontiki_runtime::execute::Identity;
#[cfg(test)]
use kontiki_runtime::testing::{Scenario, Suite};

use crate::registered::{Registered, Setup};

impl Registered for GarbageCollector {
    fn identity() -> Identity {
        Identity::account("generic-garbage-collector")
    }

    fn make(setup: &Setup) -> Self {
        Self::new((*setup.kinds).clone())
    }

    #[cfg(test)]
    fn suite() -> (Suite<Self>, Vec<Scenario>) {
        suite::suite()
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_world_leads_to_its_plan() {
        kontiki_runtime::testing::pair::<super::GarbageCollector>(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/garbage_collector/testdata"
        ));
    }
}
