//! One folder per reconciler, the scheduler among them.
//!
//! This crate promises: every reconciler is a pure function from the World to a plan. It knows no
//! clock, no randomness and no I/O; what a pass may know is in its arguments.

mod common;
pub mod deployment;
pub mod endpoint_slice;
pub mod endpoints;
pub mod garbage_collector;
pub mod namespace;
pub mod node_lifecycle;
pub mod pod_gc;
pub mod replica_set;
pub mod root_ca;
pub mod scheduler;
pub mod service_account;
pub mod token;
