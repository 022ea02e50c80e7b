//! Schemas of kinds: generated at build time, read on first use.

mod by_name;
mod definitions;
mod explicit;
mod model;
mod name;
mod published;
mod read;

pub(crate) use by_name::ByName;
pub use definitions::definition;
pub use model::{Field, Link, List, ListType, Map, Object, Scalar, Schema};
pub(crate) use name::full_name;
pub use published::{PUBLISHED_HASH, Published};
pub use read::{read, read_custom};
