//! Nodes without machines: their pods run and are ready at once. For tests and for scale.

mod node;
mod pod;
mod pod_view;
#[allow(clippy::module_inception, reason = "the file of the main type is named after it")]
mod simulated_nodes;

pub use node::SimulatedNodeReconciler;
pub use pod::SimulatedPodReconciler;
pub use simulated_nodes::{SimulatedNodes, SimulatedNodesConfig, Wanted};
