//! From path, method and query to a row, a verb and a name.

mod path;
mod route;
mod verb;

pub use path::{Path, ResourcePath};
pub(crate) use route::{Route, unknown, unknown_in};
pub(crate) use verb::{named, verb_of};
