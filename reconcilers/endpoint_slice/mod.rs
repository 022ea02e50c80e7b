//! `EndpointSlice`: the addresses behind a Service, at most a hundred to a slice.
//!
//! Follows upstream's EndpointSlices page for Services that select pods.

mod desired;
mod reconcile;
#[cfg(test)]
mod suite;

pub use reconcile::EndpointSlices;

use kontiki_runtime::execute::Identity;
#[cfg(test)]
use kontiki_runtime::testing::{Scenario, Suite};

use crate::registered::{Registered, Setup};

impl Registered for EndpointSlices {
    fn identity() -> Identity {
        Identity::controller("endpointslice")
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
        kontiki_runtime::testing::pair::<super::EndpointSlices>(concat!(env!("CARGO_MANIFEST_DIR"), "/endpoint_slice/testdata"));
    }
}
