//! Rules against the real kernel, in network namespaces of their own; DNS over real sockets.
#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test fails by panicking")]

mod dns;
mod health;
mod netns;
mod nft;
mod packets;
mod reconcilers;
