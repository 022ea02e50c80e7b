//! Services and DNS on this node: reconcilers plus packet-rule back ends.
//!
//! This crate promises: what the packet rules and DNS answer follows from Services and
//! EndpointSlices alone, is loaded atomically, and touches nothing that is not ours.

pub mod dns;
pub mod health;
mod keep;
pub mod nft;
pub mod rules;
pub mod view;
