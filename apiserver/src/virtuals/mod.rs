//! Kinds that are only asked, never stored: access reviews, token reviews, token requests.

mod ask;
mod virtual_kind;

pub(crate) use ask::ask;
pub use virtual_kind::{Question, Virtual};
