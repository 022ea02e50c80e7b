//! Validation of CustomResourceDefinitions themselves.

mod conversion;
mod defaults;
mod definition;
mod field_path;
mod junctors;
mod lists;
mod names;
mod paths;
mod schema;
mod structural;
mod update;
mod versions;
mod whole;

pub(crate) use definition::definition;
pub(in crate::custom) use field_path::{led_to, shown};
pub(crate) use update::definition_update;
