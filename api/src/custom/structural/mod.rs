//! Structural schemas: what a custom object may hold, and what it is completed and pruned to.

mod compile;
mod default;
mod interner;
mod model;
mod prune;
mod validate;

pub use compile::compile;
pub use model::Structural;
pub(super) use prune::prune_part;
use validate::check_of;
pub(super) use validate::{embedded_faults, validate, validate_part, validate_status};
