//! The request pipeline and HTTP, for every kind through its row.
//!
//! authenticate → authorize → decode → read current, apply patch → mutate → prepare → validate →
//! validating admission → commit → encode. One folder each, the same for every verb and kind.

pub mod admit;
pub mod aggregate;
mod apart;
pub mod audit;
pub mod authenticate;
pub mod authorize;
pub mod bootstrap;
pub mod cluster;
mod commit;
pub mod connect;
pub mod custom;
mod decode;
mod discovery;
mod encode;
#[cfg(test)]
pub(crate) mod fixture;
pub mod flow;
pub mod forward;
pub mod health;
pub mod http;
mod manage;
pub mod metrics;
mod mutate;
pub mod pki;
mod prepare;
mod proxy;
mod read;
pub mod review;
mod route;
mod server;
pub mod stream;
mod subresource;
mod validate;
pub mod virtuals;
pub mod webhook;
mod write;

pub use apart::apart;
pub use read::{Told, WatchItem, WatchKind, WatchStream};
pub use route::Path;
pub use server::{Answer, Clock, Connects, Content, Limits, List, Observed, Random, Server, ServerConfig, Unstored, Virtuals};
