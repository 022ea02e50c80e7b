//! A certificate that can be renewed while it is shown.

use std::sync::Arc;

use arc_swap::ArcSwap;
use rustls::client::ResolvesClientCert;
use rustls::crypto::ring;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, ServerConfig, SignatureScheme};

use super::{Pair, PkiError, PossessionVerifier, client_config};

/// A certificate that can be renewed while it is shown, by a server to its clients or by a client to servers: new
/// connections are shown the newest.
#[derive(Debug)]
pub struct ShownCertificate(ArcSwap<CertifiedKey>);

impl ShownCertificate {
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

    /// A client that trusts the authorities in `authority` (PEM) and shows this certificate; otherwise as
    /// [`client_config`].
    ///
    /// # Errors
    /// Where the authority is not usable.
    pub fn client_config(self: &Arc<Self>, authority: &str) -> Result<ClientConfig, PkiError> {
        let mut config = client_config(authority, None)?;
        config.client_auth_cert_resolver = Arc::clone(self) as Arc<dyn ResolvesClientCert>;
        Ok(config)
    }
}

impl ResolvesServerCert for ShownCertificate {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }
}

impl ResolvesClientCert for ShownCertificate {
    fn resolve(&self, _authorities: &[&[u8]], _schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        Some(self.0.load_full())
    }

    fn has_certs(&self) -> bool {
        true
    }
}

fn certified(pair: &Pair) -> Result<CertifiedKey, PkiError> {
    let wrap = |source| PkiError::Tls { subject: "the server".into(), source };
    CertifiedKey::from_der(pair.chain()?, pair.private_key()?, &ring::default_provider()).map_err(wrap)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki::Pki;
    use kontiki_api::time::Time;
    use rustls::pki_types::{CertificateDer, ServerName};
    use tokio_rustls::{TlsAcceptor, TlsConnector};

    const NOW: Time = Time::from_micros(1_790_000_000_000_000);

    /// What server and client show each other on a new connection.
    async fn shown(server: &Arc<ServerConfig>, client: &Arc<ClientConfig>) -> (CertificateDer<'static>, CertificateDer<'static>) {
        let (one, other) = tokio::io::duplex(1 << 16);
        let name = ServerName::try_from("kubelet").unwrap();
        let connecting = TlsConnector::from(Arc::clone(client)).connect(name, one);
        let (client, server) = tokio::join!(connecting, TlsAcceptor::from(Arc::clone(server)).accept(other));
        let (client, server) = (client.unwrap(), server.unwrap());
        let first = |certificates: Option<&[CertificateDer<'static>]>| certificates.unwrap()[0].clone();
        (first(client.get_ref().1.peer_certificates()), first(server.get_ref().1.peer_certificates()))
    }

    #[tokio::test]
    async fn new_connections_are_shown_renewed_certificates_on_both_sides() {
        let dir = tempfile::tempdir().unwrap();
        let pki = Pki::open(dir.path(), NOW).unwrap();
        let pair = |now| pki.serving("kubelet", &["kubelet".into()], now).unwrap();
        let own = ShownCertificate::new(&pair(NOW)).unwrap();
        let theirs = ShownCertificate::new(&pki.kubelet_client(NOW).unwrap()).unwrap();
        let (server, client) = (own.server_config().unwrap(), Arc::new(theirs.client_config(pki.authority()).unwrap()));
        let before = shown(&server, &client).await;
        let (new, newer) = (pair(NOW), pki.kubelet_client(NOW).unwrap());
        own.renew(&new).unwrap();
        theirs.renew(&newer).unwrap();
        let after = shown(&server, &client).await;
        assert!(before.0 != after.0 && before.1 != after.1);
        assert_eq!(after, (new.chain().unwrap()[0].clone(), newer.chain().unwrap()[0].clone()));
    }
}
