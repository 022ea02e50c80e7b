//! Sums ClusterRoles: one with an aggregation rule allows what the roles it selects allow (upstream's
//! `clusterrole-aggregation` controller).

mod reconcile;
#[cfg(test)]
mod suite;

pub use reconcile::ClusterRoleAggregation;

#[cfg(test)]
use kontiki_runtime::testing::{Scenario, Suite};

use crate::registered::{Registered, Setup};

impl Registered for ClusterRoleAggregation {
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
        kontiki_runtime::testing::pair::<super::ClusterRoleAggregation>(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/cluster_role_aggregation/testdata"
        ));
    }
}
