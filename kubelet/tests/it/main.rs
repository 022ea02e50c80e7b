//! The kubelet against real and simulated runtimes.

mod docker;
mod images;
mod pods;
mod suite;
