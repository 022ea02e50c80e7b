//! A client over HTTP, for any conformant API server.

mod any_server;
mod config;
mod connector;
mod follow;
mod http_client;
mod kubeconfig;
mod lines;
mod no_answer;
mod path;

pub use config::{ConfigError, HttpConfig};
pub use http_client::{HttpClient, accepted};
pub use kubeconfig::{Kubeconfig, other_servers};
pub use lines::Lines;
pub use no_answer::NoAnswer;
