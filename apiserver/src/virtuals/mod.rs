//! Kinds that are only asked, never stored: access reviews, token reviews, token requests; and kinds that are made when they
//! are read.

mod ask;
mod component_statuses;
mod observed;
mod virtual_kind;

pub(crate) use ask::ask;
pub use component_statuses::{COMPONENT_STATUSES, ComponentStatuses};
pub use observed::Observe;
pub(crate) use observed::observed;
pub use virtual_kind::{Question, Virtual};
