//! The cluster as users meet it: our binary, real containers, an unmodified kubectl, each test in
//! a network namespace of its own without a way out.

mod backup;
mod cluster;
mod commands;
mod crash;
mod docker_away;
mod faults;
mod kubelet_port;
mod libraries;
mod netns;
pub mod pages;
mod refusals;
mod simulated;
mod streams;
mod tokens;
mod tour;

pub use cluster::{Cluster, Kubectl};
