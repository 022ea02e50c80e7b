//! True subresources, one file each.

mod binding;
mod condition;
mod eviction;
mod finalize;
mod plain;
mod scale;
mod serve;

pub(crate) use binding::legacy_binding;
pub(crate) use scale::{scale_of, set_replicas};
pub(crate) use serve::serve;
