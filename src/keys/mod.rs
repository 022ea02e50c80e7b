//! The cluster's keys: how they are rotated on all masters, and how those of the past are destroyed.

mod api;
mod commands;
mod progress;
mod rotate;

pub use api::Keys;
pub use commands::{KeyCommand, key};
