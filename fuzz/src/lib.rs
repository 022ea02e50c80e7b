//! What the targets share: the limit of time, and objects to work on.

mod in_time;
mod objects;

pub use in_time::in_time;
pub use objects::{deployment, kinds};
