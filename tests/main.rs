//! Tests over the whole project: its hygiene, its arrows, and the cluster as users meet it.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

mod arrows;
mod clients;
mod ha;
mod node;
mod tidy;
