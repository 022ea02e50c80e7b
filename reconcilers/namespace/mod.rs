//! Empties namespaces that are being deleted, pods first, and then lets them go (upstream's
//! `namespace` controller).

mod conditions;
mod empty;
mod reconcile;

pub use reconcile::Namespaces;
