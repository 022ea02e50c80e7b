//! Mirrors Endpoints that users write for Services without a selector into EndpointSlices (upstream's
//! `endpointslicemirroring` controller), so that readers of slices see them.

mod desired;
mod reconcile;
#[cfg(test)]
mod suite;

pub use reconcile::EndpointSliceMirroring;

#[cfg(test)]
use kontiki_runtime::testing::{Scenario, Suite};

use crate::registered::{Registered, Setup};

impl Registered for EndpointSliceMirroring {
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
        kontiki_runtime::testing::pair::<super::EndpointSliceMirroring>(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/endpoint_slice_mirroring/testdata"
        ));
    }
}
