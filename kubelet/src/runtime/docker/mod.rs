//! Docker Engine, 20.10 and newer, through its API.

mod convert;
#[allow(clippy::module_inception, reason = "the file of the main type is named after it")]
mod docker;
mod events;
mod exec;
mod logs;

pub use docker::Docker;
