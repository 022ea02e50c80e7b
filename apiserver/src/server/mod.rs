//! The server: its parts, and the one entry point of every request.

mod answer;
mod call;
mod config;
mod permit;
mod server;

pub use answer::{Answer, Content, List};
pub use config::{Clock, Connects, Limits, Random, ServerConfig, Virtuals};
pub(crate) use permit::{permit, permit_path, permit_selected};
pub use server::Server;
