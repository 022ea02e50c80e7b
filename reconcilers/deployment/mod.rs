//! Moves pods from one template to the next, by ReplicaSets (upstream's `deployment` controller).
//!
//! A pass claims the Deployment's ReplicaSets, decides new sizes for them (`scale`, `rolling`,
//! `recreate`), and tells in the status how far it came (`status`, `progress`).

mod annotations;
mod draft;
mod hash;
mod history;
mod limits;
mod new_set;
mod progress;
mod reconcile;
mod recreate;
mod rolling;
mod scale;
mod sets;
mod status;
#[cfg(test)]
mod suite;

pub use reconcile::Deployments;

#[cfg(test)]
use kontiki_runtime::testing::{Scenario, Suite};

use crate::registered::{Registered, Setup};

impl Registered for Deployments {
    fn make(_: &Setup) -> Self {
        Self
    }

    #[cfg(test)]
    fn suite() -> (Suite<Self>, Vec<Scenario>) {
        suite::suite()
    }
}
