//! Doing what was decided: containers, images, volumes, probes.

mod atomic_writer;
mod clear;
mod container;
mod container_state;
mod etc;
mod folders;
mod handler;
mod http;
mod image;
mod performer;
mod probe;
mod registry;
mod sandbox;
mod sink;
mod stop;
mod termination;
mod volume;
mod watcher;

pub use container::{CONFIG_ERROR, HOOK_ERROR};
pub use folders::Folders;
pub use performer::{Network, Performer};
pub use registry::Registry;
pub use sink::{NodeObservation, Sink};
pub use watcher::Watcher;
