//! Docker Engine, 20.10 and newer, through its API.

mod connection;
mod convert;
mod docker;
mod events;
mod exec;
mod logs;

pub use docker::Docker;
