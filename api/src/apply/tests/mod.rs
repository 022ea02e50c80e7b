//! The laws of server-side apply, and upstream's behaviour in examples.

mod bounds;
mod fixture;
mod laws;
mod recorded;
mod scales;
mod schemas;
mod updates;
