//! One thread that owns a World and runs reconcilers over it.
//!
//! It alternates between taking in changes and running passes. Everything that waits (clients,
//! ports, observers) runs on tokio and talks to the thread through one inbox.

mod backoff;
mod builder;
mod core;
mod effects;
mod handle;
mod keys;
mod lane;
mod message;
mod notes;
mod options;
mod overlay;
mod passes;
mod standby;

pub use builder::EngineBuilder;
pub use handle::{EngineHandle, Observer};
pub use notes::Figures;
pub use options::Options;
pub(crate) use overlay::merge;
