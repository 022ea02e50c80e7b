//! The request pipeline and HTTP, for every kind through its row.
//!
//! authenticate → authorize → decode → read current, apply patch → mutate → prepare → validate →
//! validating admission → commit → encode. One folder each, the same for every verb and kind.

pub mod admit;
pub mod authenticate;
pub mod authorize;
pub mod bootstrap;
pub mod connect;
#[cfg(test)]
pub(crate) mod fixture;
pub mod http;
pub mod pki;
pub mod virtuals;
