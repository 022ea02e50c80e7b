//! From path and method to a row and a verb.

mod path;
mod route;
mod verb;

pub use path::{Path, ResourcePath};
pub(crate) use route::{Route, unknown};
pub(crate) use verb::verb_of;
