//! `Endpoints`: the addresses behind a Service, in the form that older clients read.
//!
//! Follows upstream's Endpoints API: subsets by set of ports, ready and not ready apart, sorted.

mod reconcile;
#[cfg(test)]
mod suite;

pub use reconcile::EndpointsReconciler;

use kontiki_runtime::execute::Identity;
#[cfg(test)]
use kontiki_runtime::testing::{Scenario, Suite};

use crate::registered::{Registered, Setup};

impl Registered for EndpointsReconciler {
    fn identity() -> Identity {
        Identity::controller("endpoint")
    }

    fn make(_: &Setup) -> Self {
        Self
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
        kontiki_runtime::testing::pair::<super::EndpointsReconciler>(concat!(env!("CARGO_MANIFEST_DIR"), "/endpoints/testdata"));
    }
}
