//! The engine as its callers use it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod authorization;
mod conformance;
mod cost;
mod faults;
mod hostile;
mod mutation;
mod schemas;
mod speed;
