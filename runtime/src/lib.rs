//! Client, World, the Reconciler trait, engine, executor, record and replay.
//!
//! This crate promises: a reconciler never acts on a World that lacks its own last write, is never
//! run twice at once for a key, and does again what it did when its recording is replayed.

pub mod client;
pub mod clock;
pub mod effect;
pub mod engine;
pub mod execute;
pub mod observe;
pub mod plan;
pub mod reconciler;
pub mod record;
pub mod testing;
pub mod world;
