//! The cluster's keys and those of service-account tokens: how they are rotated on all masters, and how those of the past
//! are destroyed.

mod api;
mod commands;
mod progress;
mod rotate;
mod tokens;

pub use api::Keys;
pub use commands::{KeyCommand, key};
pub use tokens::TokenKeys;
