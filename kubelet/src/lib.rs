//! Pods on this node: a reconciler plus the container runtimes and volumes it drives.
pub mod images;
