//! The server over a store in memory: every verb in process, and real clients over TLS.

mod collections;
mod deletions;
mod harness;
mod http;
mod kubectl;
mod listening;
mod subresources;
mod tidy;
mod watches;
mod writes;
