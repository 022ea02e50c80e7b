//! Certificates and keys of the cluster.
//!
//! On disk lie the cluster's authority, the administrator's certificate and the key that signs
//! service-account tokens. Everything else (serving certificates, the API server's own client
//! certificate) is issued at each start and kept in memory.

mod bundle;
mod error;
mod file;
mod issue;
mod kubeconfig;
mod member;
mod merge;
mod pair;
#[allow(clippy::module_inception, reason = "the file of the main type is named after it")]
mod pki;
mod possession;
mod shown;
mod tls;
mod trust;

pub use bundle::{KeyBundle, pin};
pub use error::PkiError;
pub use kubeconfig::{kubeconfig, kubeconfig_of};
pub use member::MemberTls;
pub use merge::{Merged, merge_kubeconfig};
pub use pair::Pair;
pub(crate) use pki::FRONT_PROXY_CLIENT;
pub use pki::{Pki, api_server_names};
pub use possession::PossessionVerifier;
pub use shown::ShownCertificate;
pub use tls::{client_config, client_provider, server_config};
