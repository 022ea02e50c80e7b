//! Every namespace has a service account called `default` (upstream's `serviceaccount` controller).

mod reconcile;
#[cfg(test)]
mod suite;

pub use reconcile::DefaultServiceAccount;

#[cfg(test)]
use kontiki_runtime::testing::{Scenario, Suite};

use crate::registered::{Registered, Setup};

impl Registered for DefaultServiceAccount {
    fn make(_: &Setup) -> Self {
        Self
    }

    #[cfg(test)]
    fn suite() -> (Suite<Self>, Vec<Scenario>) {
        suite::suite()
    }
}
