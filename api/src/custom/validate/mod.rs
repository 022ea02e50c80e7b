//! Validation of CustomResourceDefinitions themselves.

mod conversion;
mod defaults;
mod definition;
mod names;
mod paths;
mod schema;
mod structural;
mod update;
mod versions;

pub(crate) use definition::definition;
pub(crate) use update::definition_update;
