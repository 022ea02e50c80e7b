//! Names of resources: what the user typed → what the server serves.

mod discovery;
mod resource;
mod target;

pub(crate) use discovery::{all_resources, by_kind, by_name, category};
pub(crate) use resource::{Resource, encode, with_query};
pub(crate) use target::{Target, targets};
