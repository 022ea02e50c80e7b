//! For tests of reconcilers and of what runs them. Everything here may panic.

mod memory_client;
mod memory_cluster;
mod pair;

pub use memory_client::{Fault, MemoryClient};
pub use memory_cluster::MemoryCluster;
pub use pair::{pair, pair_with};
