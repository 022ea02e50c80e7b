//! Tells what each quota limits and what of that is used (upstream's `resourcequota` controller).

mod reconcile;
#[cfg(test)]
mod suite;

pub use reconcile::ResourceQuotas;

#[cfg(test)]
use kontiki_runtime::testing::{Scenario, Suite};

use crate::registered::{Registered, Setup};

impl Registered for ResourceQuotas {
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
        kontiki_runtime::testing::pair::<super::ResourceQuotas>(concat!(env!("CARGO_MANIFEST_DIR"), "/resource_quota/testdata"));
    }
}
