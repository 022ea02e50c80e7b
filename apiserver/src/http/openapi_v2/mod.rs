//! `/openapi/v2`: one document of all kinds, in pieces that are made anew only where a kind of theirs has changed.

mod answer;
mod cache;
mod piece;

pub(super) use answer::openapi_v2;
pub(crate) use cache::DocumentCache;
