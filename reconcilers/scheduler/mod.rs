//! Gives pods their nodes (upstream's `kube-scheduler`, its default profile).
//!
//! A pass takes a batch of pods, the most important first. For each it filters the nodes, scores
//! those that remain and binds it to the best; what it decided counts for the rest of the batch.

mod amounts;
mod filter;
mod indexes;
mod neighbours;
mod node_affinity;
mod ports;
mod reconcile;
mod score;
mod snapshot;
#[cfg(test)]
mod suite;
mod verdict;

pub use indexes::{OnNode, Unplaced, WithAntiAffinity};
pub use reconcile::Scheduler;

use kontiki_runtime::execute::Identity;
#[cfg(test)]
use kontiki_runtime::testing::{Scenario, Suite};

use crate::registered::{Registered, Setup};

impl Registered for Scheduler {
    fn identity() -> Identity {
        Identity::scheduler()
    }

    fn make(_: &Setup) -> Self {
        Self
    }

    #[cfg(test)]
    fn suite() -> (Suite<Self>, Vec<Scenario>) {
        suite::suite()
    }
}
