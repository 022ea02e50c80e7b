//! A client over HTTP, for any conformant API server.

mod config;
mod connector;
mod follow;
mod http_client;
mod kubeconfig;
mod lines;
mod path;

pub use config::{ConfigError, HttpConfig};
pub use http_client::HttpClient;
pub use kubeconfig::Kubeconfig;
