//! The engine on a cluster in memory.

mod cluster;
mod engine;
mod reconcilers;
mod recording;
