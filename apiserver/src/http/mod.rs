//! HTTP: the accept loop, request to pipeline, answer to bytes.

mod aggregated;
mod audited;
mod body;
mod client_address;
mod connection;
mod deadline;
mod discovery;
mod encode;
mod gzip;
mod handle;
mod line;
mod openapi;
mod openapi_v2;
mod other;
mod pace;
mod pages;
mod query;
mod refusal;
mod resource;
mod serve;
mod serve_plain;
mod socket;
mod warnings;
mod watch_socket;
mod within;
mod write_timeout;

pub use body::{Body, ChunkStream};
pub(crate) use client_address::ClientAddress;
pub(crate) use openapi_v2::DocumentCache;
pub(crate) use pace::Pace;
pub use pages::{Page, Pages};
pub(crate) use query::{parse_query, percent_decode, write_query};
pub(crate) use refusal::json;
pub use serve::serve;
pub use serve_plain::{serve_health, serve_plain};
pub(crate) use socket::Socket;
