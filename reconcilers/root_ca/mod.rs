//! Every namespace has the ConfigMap `kube-root-ca.crt` (upstream's `root-ca-cert-publisher`).

mod reconcile;
#[cfg(test)]
mod suite;

pub use reconcile::RootCa;

use kontiki_runtime::execute::Identity;
#[cfg(test)]
use kontiki_runtime::testing::{Scenario, Suite};

use crate::registered::{Registered, Setup};

impl Registered for RootCa {
    fn identity() -> Identity {
        Identity::account("root-ca-cert-publisher")
    }

    fn make(setup: &Setup) -> Self {
        Self { ca_pem: setup.ca_pem.clone() }
    }

    #[cfg(test)]
    fn suite() -> (Suite<Self>, Vec<Scenario>) {
        suite::suite()
    }
}
