//! Users by client certificate.

use std::sync::Arc;

use kontiki_api::Text;
use kontiki_api::request::User;
use kontiki_api::time::Time;
use rustls::RootCertStore;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use rustls_pki_types::pem::PemObject;
use sha2::{Digest, Sha256};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use super::users::{AUTHENTICATED, CREDENTIAL_ID, join};
use crate::pki::PkiError;

/// Authorities whose client certificates name users: the common name is the user, organizations are groups.
#[derive(Debug)]
pub struct CertificateAuthority {
    verifier: Arc<dyn ClientCertVerifier>,
}

impl CertificateAuthority {
    /// Trusts the authorities in `pem`.
    ///
    /// # Errors
    /// Where it holds no usable certificate.
    pub fn new(pem: &str) -> Result<Self, PkiError> {
        let unusable = |why: String| PkiError::Unusable { what: "the client authority".into(), why };
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
            let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
            roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
        }
        let provider = Arc::new(ring::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider)
            .build()
            .map_err(|error| unusable(error.to_string()))?;
        Ok(Self { verifier })
    }

    /// The user that `peer` (leaf first) shows, and until when its certificate holds; `None` where the
    /// chain does not lead to an authority, has expired, or is not for clients.
    pub fn user(&self, peer: &[CertificateDer<'static>], now: Time) -> Option<(User, Time)> {
        let (leaf, intermediates) = peer.split_first()?;
        let at = UnixTime::since_unix_epoch(now.since(Time::from_micros(0)));
        self.verifier.verify_client_cert(leaf, intermediates, at).ok()?;
        let (_, parsed) = X509Certificate::from_der(leaf).ok()?;
        let until = until(&parsed);
        // Of several names the last counts, as in Go.
        let name = parsed.subject().iter_common_name().last().and_then(|name| name.as_str().ok())?;
        let organizations = parsed.subject().iter_organization().filter_map(|group| group.as_str().ok());
        let mut groups: Vec<Text> = organizations.map(Text::from).collect();
        join(&mut groups, AUTHENTICATED);
        let print = Sha256::digest(leaf).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let extra = vec![(CREDENTIAL_ID.into(), vec![format!("X509SHA256={print}").into()])];
        (!name.is_empty()).then(|| (User { name: name.into(), groups, extra, ..User::default() }, until))
    }
}

/// When the certificate `leaf` ends, where that can be read.
pub(crate) fn end_of(leaf: &[u8]) -> Option<Time> {
    X509Certificate::from_der(leaf).ok().map(|(_, parsed)| until(&parsed))
}

fn until(certificate: &X509Certificate<'_>) -> Time {
    Time::from_micros(certificate.validity().not_after.timestamp().saturating_mul(1_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair};

    #[test]
    fn of_several_names_the_last_counts() {
        let (mut root, key) = (CertificateParams::default(), KeyPair::generate().unwrap());
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = CertificateAuthority::new(&root.self_signed(&key).unwrap().pem()).unwrap();
        let issuer = Issuer::new(root, key);
        let mut leaf = CertificateParams::default();
        leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        leaf.distinguished_name = rcgen::DistinguishedName::new();
        leaf.distinguished_name.push(DnType::CommonName, "first");
        leaf.distinguished_name.push(DnType::CustomDnType(vec![2, 5, 4, 3]), "last");
        let certificate = leaf.signed_by(&KeyPair::generate().unwrap(), &issuer).unwrap();
        let (user, _) = authority.user(&[certificate.der().clone()], crate::fixture::NOW).unwrap();
        assert_eq!(&*user.name, "last");
    }
}
