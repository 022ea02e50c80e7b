//! The server: its parts, and the one entry point of every request.

mod answer;
mod call;
mod config;
mod permit;
mod server;

pub use answer::{Answer, Content, List, Unstored};
pub use config::{Clock, Connects, Limits, Observed, Random, ServerConfig, Virtuals};
pub(crate) use permit::{attributes_of_path, permit, permit_path, permit_selected, selected};
pub use server::Server;
