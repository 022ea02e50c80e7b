//! What kubelets may do: upstream's Node authorizer.

mod node_authorizer;
mod node_of;
mod referred;
#[cfg(test)]
mod tests;
mod verdict;
mod volume_secrets;

pub use node_authorizer::NodeAuthorizer;
pub(crate) use node_of::{NODES, node_of};
pub(crate) use referred::Referred;
