//! Certificates and keys of the cluster.
//!
//! On disk lie the cluster's authority, the administrator's certificate and the key that signs
//! service-account tokens. Everything else (serving certificates, the API server's own client
//! certificate) is issued at each start and kept in memory.

mod error;
mod file;
mod issue;
mod kubeconfig;
mod merge;
mod pair;
#[allow(clippy::module_inception, reason = "the file of the main type is named after it")]
mod pki;
mod possession;
mod tls;

pub use error::PkiError;
pub use kubeconfig::kubeconfig;
pub use merge::{Merged, merge_kubeconfig};
pub use pair::Pair;
pub use pki::{Pki, api_server_names};
pub use possession::PossessionVerifier;
pub use tls::{client_config, server_config};
