//! Pod garbage collection: pods that nobody else will remove.
//!
//! Follows upstream's "Garbage collection of Pods": pods of nodes that are gone, pods deleted
//! before they were placed, finished pods beyond a number.

mod reconcile;
#[cfg(test)]
mod suite;

pub use reconcile::PodGc;

use kontiki_runtime::execute::Identity;
#[cfg(test)]
use kontiki_runtime::testing::{Scenario, Suite};

use crate::registered::{Registered, Setup};

impl Registered for PodGc {
    fn identity() -> Identity {
        Identity::account("pod-garbage-collector")
    }

    fn make(_: &Setup) -> Self {
        Self::default()
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
        kontiki_runtime::testing::pair::<super::PodGc>(concat!(env!("CARGO_MANIFEST_DIR"), "/pod_gc/testdata"));
    }
}
