//! Keeps a number of pods: ReplicaSet and ReplicationController, by one implementation over both.
//!
//! Follows upstream's `pkg/controller/replicaset`: adoption and release by selector, its order of
//! deletion, its conditions, its texts. Slow start is the executor's.

mod count;
mod orphans;
mod pods;
mod rank;
mod reconcile;
mod replicated;
mod status;
#[cfg(test)]
mod suite;

pub use orphans::Orphans;
pub use reconcile::Replicas;
pub use replicated::Replicated;

#[cfg(test)]
use kontiki_runtime::testing::{Scenario, Suite};

use crate::registered::{Registered, Setup};

impl<R: Replicated> Registered for Replicas<R> {
    fn make(_: &Setup) -> Self {
        Self::default()
    }

    #[cfg(test)]
    fn suite() -> (Suite<Self>, Vec<Scenario>) {
        suite::suite()
    }
}
