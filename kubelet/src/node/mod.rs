//! The node's own objects: Node and Lease.

mod description;
mod node_reconciler;
mod status;

pub use description::{NodeDescription, VERSION};
pub use node_reconciler::{NodeReconciler, keep};
