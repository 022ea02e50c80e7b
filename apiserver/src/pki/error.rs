//! What can go wrong with certificates, keys and kubeconfigs.

use std::path::{Path, PathBuf};

/// Why the cluster's certificates cannot be read or made.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// A file cannot be read or written.
    #[error("cannot {action} {path}")]
    File {
        /// `read`, `write`, …
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A certificate or key cannot be made.
    #[error("cannot issue a certificate for {subject}")]
    Issue {
        /// Whom it is for.
        subject: String,
        /// Why.
        source: rcgen::Error,
    },
    /// What was read is not what it should be.
    #[error("{what} is not usable: {why}")]
    Unusable {
        /// The file or the object.
        what: String,
        /// Why.
        why: String,
    },
    /// TLS does not accept a certificate or key.
    #[error("TLS does not accept the certificate of {subject}")]
    Tls {
        /// Whom the certificate is for.
        subject: String,
        /// Why.
        source: rustls::Error,
    },
}

impl PkiError {
    /// Wraps an I/O error on `path`.
    pub(super) fn file(action: &'static str, path: &Path, source: std::io::Error) -> Self {
        Self::File { action, path: path.into(), source }
    }

    /// Something read is not what it should be.
    pub(super) fn unusable(what: impl Into<String>, why: impl ToString) -> Self {
        Self::Unusable { what: what.into(), why: why.to_string() }
    }
}
