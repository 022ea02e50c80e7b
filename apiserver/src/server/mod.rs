//! The server: its parts, and the one entry point of every request.

mod answer;
mod call;
mod config;
mod permit;
#[allow(clippy::module_inception, reason = "the file of the main type is named after it")]
mod server;

pub use answer::{Answer, Content, List};
pub use config::{Clock, Connects, Limits, Random, ServerConfig, Virtuals};
pub(crate) use permit::{permit, permit_path};
pub use server::Server;
