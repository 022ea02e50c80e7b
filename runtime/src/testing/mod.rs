//! For tests of reconcilers and of what runs them. Everything here may panic.

mod memory_client;
mod memory_cluster;
mod pair;
mod scenario;
mod stage;
mod suite;

pub use memory_client::{Fault, MemoryClient};
pub use memory_cluster::MemoryCluster;
pub use pair::{pair, pair_with};
pub use scenario::{Scenario, Step};
pub use suite::Suite;
