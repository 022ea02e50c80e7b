//! TLS as servers and clients of the cluster speak it.

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::CertificateDer;
use rustls::{CipherSuite, ClientConfig, RootCertStore, ServerConfig};
use rustls_pki_types::pem::PemObject;

use super::trust::Trust;
use super::{Pair, PkiError, PossessionVerifier};

/// A server that shows `pair`, speaks HTTP/2 and HTTP/1.1, and asks for client certificates without judging them.
///
/// # Errors
/// Where the pair is not usable.
pub fn server_config(pair: &Pair) -> Result<Arc<ServerConfig>, PkiError> {
    let wrap = |source| PkiError::Tls { subject: "the server".into(), source };
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(wrap)?
        .with_client_cert_verifier(Arc::new(PossessionVerifier::default()))
        .with_single_cert(pair.chain()?, pair.private_key()?)
        .map_err(wrap)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}

/// The cryptography of clients. They offer AES with 128 bits first, as clients of Kubernetes that are written in Go do, and a server of
/// ours takes what is offered first: it costs ten rounds a block rather than fourteen.
pub fn client_provider() -> CryptoProvider {
    let mut provider = ring::default_provider();
    provider.cipher_suites.sort_by_key(|suite| suite.suite() != CipherSuite::TLS13_AES_128_GCM_SHA256);
    provider
}

/// A client that trusts the authorities in `authority` (PEM) and, where given, shows `pair`. It offers no protocols:
/// HTTP/1.1, which upgrades need. Callers that speak HTTP/2 add it to `alpn_protocols`.
///
/// # Errors
/// Where the authority or the pair is not usable.
pub fn client_config(authority: &str, pair: Option<&Pair>) -> Result<ClientConfig, PkiError> {
    let wrap = |source| PkiError::Tls { subject: "the client".into(), source };
    let (mut roots, mut authorities) = (RootCertStore::empty(), Vec::new());
    for certificate in CertificateDer::pem_slice_iter(authority.as_bytes()) {
        let certificate = certificate.map_err(|error| PkiError::unusable("the authority", error))?;
        roots.add(certificate.clone()).map_err(wrap)?;
        authorities.push(certificate);
    }
    let builder =
        ClientConfig::builder_with_provider(Arc::new(client_provider())).with_safe_default_protocol_versions().map_err(wrap)?;
    let builder = match roots.is_empty() {
        true => builder.with_root_certificates(roots),
        false => builder.dangerous().with_custom_certificate_verifier(Arc::new(Trust::new(authorities, roots)?)),
    };
    match pair {
        Some(pair) => builder.with_client_auth_cert(pair.chain()?, pair.private_key()?).map_err(wrap),
        None => Ok(builder.with_no_client_auth()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_offer_the_cheapest_cipher_first_and_all_the_others() {
        let (ours, all) = (client_provider().cipher_suites, ring::default_provider().cipher_suites);
        assert_eq!(ours[0].suite(), CipherSuite::TLS13_AES_128_GCM_SHA256);
        assert!(ours.len() == all.len() && all.iter().all(|suite| ours.contains(suite)));
    }
}
