//! Keeps an `IPAddress` for every address of a Service, and none that Services no longer have (upstream's
//! `ipallocator-repair-controller`, which acts as the API server itself).

mod reconcile;
#[cfg(test)]
mod suite;

pub use reconcile::IpAddresses;

use kontiki_runtime::execute::Identity;
#[cfg(test)]
use kontiki_runtime::testing::{Scenario, Suite};

use crate::registered::{Registered, Setup};

impl Registered for IpAddresses {
    fn identity() -> Identity {
        Identity::of("system:apiserver", &["system:masters", "system:authenticated"], "ipallocator-repair-controller")
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
        kontiki_runtime::testing::pair::<super::IpAddresses>(concat!(env!("CARGO_MANIFEST_DIR"), "/ip_address/testdata"));
    }
}
