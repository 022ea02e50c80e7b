//! Node lifecycle: nodes that fall silent, taints by condition, eviction of pods that do not bear them.
//!
//! Follows upstream's "Nodes" and "Taints and Tolerations" pages. Silence is measured in commit
//! times of the node's lease, never from timestamps that a node wrote.

mod evict;
mod reconcile;
mod silence;
#[cfg(test)]
mod suite;
mod taints;

pub use reconcile::{NodeLifecycle, PodsByNode};

use kontiki_runtime::execute::Identity;
#[cfg(test)]
use kontiki_runtime::testing::{Scenario, Suite};

use crate::registered::{Registered, Setup};

impl Registered for NodeLifecycle {
    fn identity() -> Identity {
        Identity::controller("node")
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
        kontiki_runtime::testing::pair::<super::NodeLifecycle>(concat!(env!("CARGO_MANIFEST_DIR"), "/node_lifecycle/testdata"));
    }
}
