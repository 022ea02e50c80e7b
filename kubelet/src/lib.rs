//! Pods on this node: a reconciler plus the container runtimes and volumes it drives.
//!
//! This crate promises: what runs on the node follows from the pods of the API and from what is seen
//! here, whatever was interrupted before; a container is started once per run and outlives this
//! process; nothing in Docker, in the packet rules or among the files is touched that we did not make.
//!
//! Deciding is pure ([`reconcile`], [`node`]); doing is in [`perform`], behind the port of [`runtime`];
//! seeing is `perform::Watcher`, which turns what the runtime reports into [`observed`] kinds.

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
