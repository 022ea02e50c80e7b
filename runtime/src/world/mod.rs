//! A consistent view of the cluster at one version, with indexes.

mod builder;
mod delta;
mod index;
mod observations;
mod projection;
mod schema;
mod seen;
mod triggers;
#[allow(clippy::module_inception, reason = "the file of the main type is named after it")]
mod world;

pub use builder::{NotAnObject, WorldBuilder};
pub use delta::Delta;
pub use index::Index;
pub use observations::{AnyObservation, ObservedDelta};
pub use schema::Schema;
pub use seen::Seen;
pub use triggers::{Mapping, Triggers};
pub use world::World;
