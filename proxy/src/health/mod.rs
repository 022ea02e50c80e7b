//! Health-check node ports: what load balancers ask to learn which nodes have endpoints of a Service
//! with `externalTrafficPolicy: Local`.

mod checks;
mod port;
mod reconcile;

pub use checks::{HealthCheck, HealthChecks};
pub use port::HealthPort;
pub use reconcile::HealthReconciler;
