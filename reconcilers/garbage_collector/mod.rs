//! Garbage collection: what becomes of dependents when their owners go.
//!
//! Follows upstream's "Garbage Collection" page: background, foreground and orphan deletion over
//! every kind, with owners told apart by uid.

mod owners;
mod reconcile;

pub use reconcile::GarbageCollector;
