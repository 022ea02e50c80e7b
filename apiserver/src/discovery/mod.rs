//! `/api`, `/apis`: what is served, computed from rows.

mod aggregated;
mod plain;

pub(crate) use aggregated::aggregated;
pub(crate) use plain::{core_versions, group, groups, version};
