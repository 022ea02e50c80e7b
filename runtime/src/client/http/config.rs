//! Where a server is, whom to trust, and who we are.

use std::path::PathBuf;
use std::sync::Arc;

use http::Uri;
use rustls::{CipherSuite, ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use super::any_server::AnyServer;

/// Where a server is, whom to trust, and who we are.
#[derive(Clone, Default)]
pub struct HttpConfig {
    /// `https://host:port`; a path is a prefix of every request's. `http://` is without TLS.
    pub server: String,
    /// Further servers of the same cluster, asked where the one before cannot be reached.
    pub others: Vec<String>,
    /// Certificates of the authorities to trust, PEM.
    pub ca_pem: Vec<u8>,
    /// Our certificate chain and private key, PEM.
    pub client_pem: Option<(Vec<u8>, Vec<u8>)>,
    /// Our bearer token.
    pub token: Option<String>,
    /// The name the server's certificate must have, where it is not the host of `server`.
    pub server_name: Option<String>,
    /// Accept any certificate of the server.
    pub insecure: bool,
}

impl std::fmt::Debug for HttpConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpConfig").field("server", &self.server).finish_non_exhaustive()
    }
}

/// Why a client cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The server's address does not read.
    #[error("{server:?} is not the URL of a server")]
    Server {
        /// As given.
        server: String,
    },
    /// A file cannot be read.
    #[error("{path}: cannot be read")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The kubeconfig does not read or lacks something.
    #[error("{path}: {fault}")]
    Kubeconfig {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        fault: String,
    },
    /// A certificate or key does not read.
    #[error("the {what} does not read: {fault}")]
    Pem {
        /// Which.
        what: &'static str,
        /// What is wrong.
        fault: String,
    },
    /// TLS cannot be set up with these certificates.
    #[error("TLS cannot be set up")]
    Tls(#[from] rustls::Error),
}

impl HttpConfig {
    /// The servers' addresses, in the order in which they are asked.
    pub(super) fn uris(&self) -> Result<Vec<Uri>, ConfigError> {
        let uri = |server: &String| {
            let wrong = || ConfigError::Server { server: server.clone() };
            let uri: Uri = server.parse().map_err(|_| wrong())?;
            let known = matches!(uri.scheme_str(), Some("http" | "https")) && uri.authority().is_some();
            if known { Ok(uri) } else { Err(wrong()) }
        };
        std::iter::once(&self.server).chain(&self.others).map(uri).collect()
    }

    /// TLS as configured; `protocols` are offered by ALPN.
    pub(super) fn tls(&self, protocols: &[&[u8]]) -> Result<Arc<ClientConfig>, ConfigError> {
        let mut roots = RootCertStore::empty();
        for certificate in certificates(&self.ca_pem, "CA certificate")? {
            roots.add(certificate)?;
        }
        let mut provider = rustls::crypto::ring::default_provider();
        // As clients of Kubernetes in Go do: ten rounds a block rather than fourteen.
        provider.cipher_suites.sort_by_key(|suite| suite.suite() != CipherSuite::TLS13_AES_128_GCM_SHA256);
        let provider = Arc::new(provider);
        let builder = ClientConfig::builder_with_provider(provider.clone()).with_safe_default_protocol_versions()?;
        let builder = if self.insecure {
            builder.dangerous().with_custom_certificate_verifier(Arc::new(AnyServer(provider)))
        } else {
            builder.with_root_certificates(roots)
        };
        let mut config = match &self.client_pem {
            None => builder.with_no_client_auth(),
            Some((chain, key)) => {
                let fault =
                    |error: rustls_pki_types::pem::Error| ConfigError::Pem { what: "client key", fault: error.to_string() };
                let key = PrivateKeyDer::from_pem_slice(key).map_err(fault)?;
                builder.with_client_auth_cert(certificates(chain, "client certificate")?, key)?
            }
        };
        config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
        Ok(Arc::new(config))
    }
}

fn certificates(pem: &[u8], what: &'static str) -> Result<Vec<CertificateDer<'static>>, ConfigError> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    read.map_err(|error| ConfigError::Pem { what, fault: error.to_string() })
}
