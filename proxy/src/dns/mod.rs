//! Cluster DNS: `cluster.local` answered from Services and EndpointSlices.
//!
//! Names outside the cluster are refused, or asked of other servers where some are named.
//! Follows upstream's DNS specification 1.1.0: A, SRV, PTR, CNAME, headless services.

mod answer;
mod forward;
mod handler;
mod reconcile;
mod server;
mod zone;

pub use answer::{Answer, Data, answer};
pub use reconcile::DnsReconciler;
pub use server::{DnsConfig, DnsServer, ZonePort};
pub use zone::{Service, Target, Zone, zone};
