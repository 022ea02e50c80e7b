//! A consistent view of the cluster at one version, with indexes.

mod triggers;
#[allow(clippy::module_inception, reason = "the file of the main type is named after it")]
mod world;

pub use triggers::{Index, Triggers};
pub use world::{Seen, World};
