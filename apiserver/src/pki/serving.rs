//! A serving certificate that can be renewed while the server runs.

use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::{Pair, PkiError, PossessionVerifier};

/// A serving certificate that can be renewed while the server runs: new connections are shown the newest.
#[derive(Debug)]
pub struct ServingCertificate(ArcSwap<CertifiedKey>);

impl ServingCertificate {
    /// Shows `pair`.
    ///
    /// # Errors
    /// Where it is not usable.
    pub fn new(pair: &Pair) -> Result<Arc<Self>, PkiError> {
        Ok(Arc::new(Self(ArcSwap::from_pointee(certified(pair)?))))
    }

    /// Shows `pair` from now on.
    ///
    /// # Errors
    /// Where it is not usable: then the old one is shown on.
    pub fn renew(&self, pair: &Pair) -> Result<(), PkiError> {
        self.0.store(Arc::new(certified(pair)?));
        Ok(())
    }

    /// A server that shows this certificate, speaks HTTP/2 and HTTP/1.1, and asks for client certificates without
    /// judging them.
    ///
    /// # Errors
    /// Where TLS cannot be set up.
    pub fn server_config(self: &Arc<Self>) -> Result<Arc<ServerConfig>, PkiError> {
        let wrap = |source| PkiError::Tls { subject: "the server".into(), source };
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(wrap)?
            .with_client_cert_verifier(Arc::new(PossessionVerifier::default()))
            .with_cert_resolver(Arc::clone(self) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

impl ResolvesServerCert for ServingCertificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

fn certified(pair: &Pair) -> Result<CertifiedKey, PkiError> {
    let wrap = |source| PkiError::Tls { subject: "the server".into(), source };
    CertifiedKey::from_der(pair.chain()?, pair.private_key()?, &ring::default_provider()).map_err(wrap)
}
