//! Empties namespaces that are being deleted, pods first, and then lets them go (upstream's
//! `namespace` controller).

mod conditions;
mod empty;
mod reconcile;

pub use reconcile::Namespaces;

use crate::registered::{Registered, Setup};

impl Registered for Namespaces {
    fn make(setup: &Setup) -> Self {
        Self::new(&setup.kinds)
    }
}
