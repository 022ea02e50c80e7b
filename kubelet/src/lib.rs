//! Pods on this node: a reconciler plus the container runtimes and volumes it drives.

pub mod clock;
pub mod effect;
pub mod images;
pub mod kubelet;
pub mod labels;
pub mod network;
pub mod node;
pub mod node_facts;
pub mod observed;
pub mod perform;
pub mod pod_key;
pub mod reconcile;
pub mod runtime;
pub mod server;
pub mod simulated_nodes;
pub mod view;

pub use kubelet::{Kubelet, KubeletConfig, StartError};
