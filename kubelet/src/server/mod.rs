//! The kubelet's server: logs, exec, attach, port-forward, pods, health.

mod attach;
mod authorizer;
mod channels;
mod dial;
mod exec;
mod forward_channels;
mod forward_streams;
mod logs;
mod port_forward;
mod read_only;
mod remote_command;
mod routes;
#[allow(clippy::module_inception, reason = "the file of the main type is named after it")]
mod server;
mod session_status;
mod spdy;
mod tunnel;
mod upgrade;

pub use attach::attach_to;
pub use authorizer::{Authorizer, Call};
pub use dial::{DialError, dial};
pub use read_only::{read_only, serve_read_only};
pub use routes::{Served, routes};
pub use server::{Server, ServerConfig};
