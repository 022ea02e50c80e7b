//! The kubelet against real and simulated runtimes.

mod docker;
mod images;
mod network;
mod pods;
mod suite;
