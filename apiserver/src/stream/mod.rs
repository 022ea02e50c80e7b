//! Subresources of pods that the node's kubelet serves: log, exec, attach, port-forward.

mod backend;
mod connects;
mod container;
mod kubelet_access;
mod kubelet_query;
mod log;
mod log_options;
mod log_socket;
mod node_address;
mod upgrade;

pub(crate) use backend::Backend;
pub use connects::connects;
pub use kubelet_access::KubeletAccess;

#[cfg(test)]
mod tests;
