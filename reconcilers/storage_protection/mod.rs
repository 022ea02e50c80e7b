//! Holds claims, volumes and classes of attributes that are being deleted while something uses them (upstream's
//! `persistentvolumeclaim-protection`, `persistentvolume-protection` and `volumeattributesclass-protection` controllers).
//!
//! New objects get the finalizer by admission (`StorageObjectInUseProtection`); those without it get it here.

mod attributes_class;
mod claim;
mod guarded;
mod reconcile;
#[cfg(test)]
mod suite;
mod volume;

pub use guarded::Guarded;
pub use reconcile::Protection;

use kontiki_runtime::execute::Identity;
#[cfg(test)]
use kontiki_runtime::testing::{Scenario, Suite};

use crate::registered::{Registered, Setup};

impl<V: Guarded> Registered for Protection<V> {
    fn identity() -> Identity {
        Identity::account(V::ACCOUNT)
    }

    fn make(_: &Setup) -> Self {
        Self::default()
    }

    #[cfg(test)]
    fn suite() -> (Suite<Self>, Vec<Scenario>) {
        (Suite::new(Self::default()), suite::scenarios(V::RESOURCE))
    }
}

#[cfg(test)]
mod tests {
    use kontiki_api::view::PersistentVolumeClaim;

    #[test]
    fn every_world_leads_to_its_plan() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/storage_protection/testdata");
        kontiki_runtime::testing::pair::<super::Protection<PersistentVolumeClaim>>(folder);
    }
}
