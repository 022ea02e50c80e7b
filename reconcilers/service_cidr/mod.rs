//! Says that ranges of Service addresses are ready, and holds those that Services live in (upstream's `service-cidr`
//! controller).

mod reconcile;
#[cfg(test)]
mod suite;

pub use reconcile::ServiceCidrs;

use kontiki_runtime::execute::Identity;
#[cfg(test)]
use kontiki_runtime::testing::{Scenario, Suite};

use crate::registered::{Registered, Setup};

impl Registered for ServiceCidrs {
    fn identity() -> Identity {
        Identity::account("service-cidrs-controller")
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
        kontiki_runtime::testing::pair::<super::ServiceCidrs>(concat!(env!("CARGO_MANIFEST_DIR"), "/service_cidr/testdata"));
    }
}
