//! Calls to webhooks: JSON over HTTPS, to a URL or to a Service of the cluster.
//!
//! Promises that a call ends within its time, reads a bounded answer, trusts the configured
//! authority alone, and tells failures in upstream's words (`Post "https://…": …`).

mod client_config;
mod connector;
mod error;
mod service;
#[cfg(test)]
mod tests;
mod webhooks;

pub use client_config::{ClientConfig, WebhookTarget};
pub use error::WebhookError;
pub(crate) use service::{ready_endpoints, resolve};
pub use webhooks::Webhooks;
