//! Pods on this node: a reconciler plus the container runtimes and volumes it drives.

pub mod clock;
pub mod images;
pub mod network;
pub mod runtime;
pub mod view;
