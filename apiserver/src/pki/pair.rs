//! A certificate with its private key.

use std::path::Path;

use kontiki_api::time::Time;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use x509_parser::prelude::FromDer;

use super::{PkiError, file};

/// A certificate with its private key, both PEM.
#[derive(Clone, PartialEq, Eq)]
pub struct Pair {
    /// The certificate.
    pub certificate: String,
    /// The private key, PKCS#8.
    pub key: String,
}

impl Pair {
    /// The certificate as TLS wants it.
    ///
    /// # Errors
    /// Where the PEM holds no certificate.
    pub fn chain(&self) -> Result<Vec<CertificateDer<'static>>, PkiError> {
        let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(self.certificate.as_bytes()).collect();
        match chain {
            Ok(chain) if !chain.is_empty() => Ok(chain),
            Ok(_) => Err(PkiError::unusable("the certificate", "it holds no PEM block")),
            Err(error) => Err(PkiError::unusable("the certificate", error)),
        }
    }

    /// The key as TLS wants it.
    ///
    /// # Errors
    /// Where the PEM holds no private key.
    pub fn private_key(&self) -> Result<PrivateKeyDer<'static>, PkiError> {
        PrivateKeyDer::from_pem_slice(self.key.as_bytes()).map_err(|error| PkiError::unusable("the private key", error))
    }

    /// Reads `name.crt` and `name.key`; `None` where one is missing.
    pub(super) fn load(folder: &Path, name: &str) -> Result<Option<Self>, PkiError> {
        let certificate = file::read(&folder.join(format!("{name}.crt")))?;
        let key = file::read(&folder.join(format!("{name}.key")))?;
        Ok(certificate.zip(key).map(|(certificate, key)| Self { certificate, key }))
    }

    /// Writes `name.key`, then `name.crt`.
    pub(super) fn store(&self, folder: &Path, name: &str) -> Result<(), PkiError> {
        file::write(&folder.join(format!("{name}.key")), &self.key)?;
        file::write(&folder.join(format!("{name}.crt")), &self.certificate)
    }

    /// Whether the certificate is signed by `authority` and still valid at `until`.
    pub(super) fn is_good(&self, authority: &Self, until: Time) -> bool {
        let (Ok(own), Ok(issuer)) = (self.chain(), authority.chain()) else { return false };
        let (Some(own), Some(issuer)) = (own.first(), issuer.first()) else { return false };
        let parsed = (
            x509_parser::certificate::X509Certificate::from_der(own),
            x509_parser::certificate::X509Certificate::from_der(issuer),
        );
        let (Ok((_, own)), Ok((_, issuer))) = parsed else { return false };
        let lasts = own.validity().not_after.timestamp().saturating_mul(1_000_000) > until.as_micros();
        lasts && own.verify_signature(Some(issuer.public_key())).is_ok()
    }
}

impl std::fmt::Debug for Pair {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pair").field("certificate", &self.certificate).finish_non_exhaustive()
    }
}
