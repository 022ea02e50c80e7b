//! Empties namespaces that are being deleted, pods first, and then lets them go (upstream's
//! `namespace` controller).

mod conditions;
mod empty;
mod reconcile;
#[cfg(test)]
mod suite;

pub use reconcile::Namespaces;

#[cfg(test)]
use kontiki_runtime::testing::{Scenario, Suite};

use crate::registered::{Registered, Setup};

impl Registered for Namespaces {
    fn make(setup: &Setup) -> Self {
        Self::new(&setup.kinds)
    }

    #[cfg(test)]
    fn suite() -> (Suite<Self>, Vec<Scenario>) {
        suite::suite()
    }
}
