//! The cluster as users meet it: our binary, real containers, an unmodified kubectl, each test in
//! a network namespace of its own without a way out.

mod cluster;
mod crash;
mod netns;
mod tour;

pub use cluster::Cluster;
