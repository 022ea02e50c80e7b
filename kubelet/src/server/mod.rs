//! The kubelet's server: logs, exec, pods, health.

mod authorizer;
mod exec;
mod logs;
mod routes;
#[allow(clippy::module_inception, reason = "the file of the main type is named after it")]
mod server;

pub use authorizer::{Authorizer, Call};
pub use routes::{Served, routes};
pub use server::{Server, ServerConfig};
