//! Pod garbage collection: pods that nobody else will remove.
//!
//! Follows upstream's "Garbage collection of Pods": pods of nodes that are gone, pods deleted
//! before they were placed, finished pods beyond a number.

mod reconcile;

pub use reconcile::PodGc;
