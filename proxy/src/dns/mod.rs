//! Cluster DNS: `cluster.local` answered from Services and EndpointSlices.
//!
//! Follows upstream's DNS specification 1.1.0: A, SRV, PTR, CNAME, headless services.

mod answer;
mod reconcile;
mod server;
mod zone;

pub use answer::{Answer, Data, answer};
pub use reconcile::DnsReconciler;
pub use server::{DnsConfig, DnsServer, ZonePort};
pub use zone::{Service, Target, Zone, zone};
