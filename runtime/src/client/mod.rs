//! How reconcilers and the command line reach an API server.

#[allow(clippy::module_inception, reason = "the file of the main trait is named after it")]
mod client;
pub mod http;

pub use client::{Answer, Changed, Client, Feed, Interest, Selection};
