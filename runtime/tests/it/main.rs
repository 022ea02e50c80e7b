//! The engine on a cluster in memory.

mod cluster;
mod engine;
mod http;
mod reconcilers;
mod recording;
