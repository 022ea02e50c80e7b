//! What a new member is given, and how it recognizes who gives it.

use std::path::Path;

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use super::pki::TOKEN_KEYS;
use super::{Pair, Pki, PkiError, file};

/// The keys that all members share. Whoever has them is the cluster.
#[derive(Clone, Serialize, Deserialize)]
pub struct KeyBundle {
    /// Its format: [`KeyBundle::VERSION`].
    pub version: u32,
    /// The authority's certificate, PEM.
    pub authority: String,
    /// Its key, PEM.
    pub authority_key: String,
    /// The certificate of the front proxy's authority, PEM.
    pub front_proxy: String,
    /// Its key, PEM.
    pub front_proxy_key: String,
    /// The key that signs service-account tokens, and behind it older ones that still verify, PEM.
    pub token_key: String,
}

impl std::fmt::Debug for KeyBundle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyBundle").field("authority", &self.authority).finish_non_exhaustive()
    }
}

impl KeyBundle {
    /// The format that this version hands out and understands.
    pub const VERSION: u32 = 1;

    /// Reads a bundle that another master handed out.
    ///
    /// # Errors
    /// Where it is of another format, or does not read.
    pub fn read(bundle: &Value) -> Result<Self, PkiError> {
        match bundle.get("version").and_then(Value::as_u64) {
            Some(version) if version == u64::from(Self::VERSION) => {}
            found => {
                let found = found.map_or_else(|| "no format".into(), |found| format!("format {found}"));
                let why = format!(
                    "it has {found}, and this version reads format {}: run the same version on all masters",
                    Self::VERSION
                );
                return Err(PkiError::unusable("the bundle of keys", why));
            }
        }
        Self::deserialize(bundle).map_err(|error| PkiError::unusable("the bundle of keys", error))
    }

    /// Puts the keys into `dir`/pki, where [`Pki::open`] finds them.
    ///
    /// # Errors
    /// Where the files cannot be written.
    pub fn store(&self, dir: &Path) -> Result<(), PkiError> {
        let folder = dir.join("pki");
        file::make_folder(&folder)?;
        Pair { certificate: self.authority.clone(), key: self.authority_key.clone() }.store(&folder, "ca")?;
        let front_proxy = Pair { certificate: self.front_proxy.clone(), key: self.front_proxy_key.clone() };
        front_proxy.store(&folder, "front-proxy-ca")?;
        file::write(&folder.join(TOKEN_KEYS), &self.token_key)
    }
}

impl Pki {
    /// The keys for a new member.
    pub fn bundle(&self) -> KeyBundle {
        let Pair { certificate, key } = self.authority_pair().clone();
        let front_proxy = self.front_proxy_pair().clone();
        KeyBundle {
            version: KeyBundle::VERSION,
            authority: certificate,
            authority_key: key,
            front_proxy: front_proxy.certificate,
            front_proxy_key: front_proxy.key,
            token_key: self.token_key().to_owned(),
        }
    }
}

/// The SHA-256 of the public key in `authority` (PEM), hexadecimal: it stays when the certificate is renewed.
///
/// # Errors
/// Where it holds no certificate.
pub fn pin(authority: &str) -> Result<String, PkiError> {
    let first =
        CertificateDer::from_pem_slice(authority.as_bytes()).map_err(|error| PkiError::unusable("the authority", error))?;
    let (_, parsed) = X509Certificate::from_der(&first).map_err(|error| PkiError::unusable("the authority", error))?;
    Ok(Sha256::digest(parsed.public_key().raw).iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use kontiki_api::time::Time;

    #[test]
    fn a_bundle_of_another_format_is_refused_with_both_numbers() {
        let dir = tempfile::tempdir().unwrap();
        let bundle = Pki::open(dir.path(), Time::from_micros(1_790_000_000_000_000)).unwrap().bundle();
        let mut value = serde_json::to_value(&bundle).unwrap();
        assert_eq!(KeyBundle::read(&value).unwrap().authority_key, bundle.authority_key);
        value["version"] = 2.into();
        let why = KeyBundle::read(&value).unwrap_err().to_string();
        assert!(why.contains("format 2") && why.contains("format 1") && !why.contains("PRIVATE"), "{why}");
        value.as_object_mut().unwrap().remove("version");
        assert!(KeyBundle::read(&value).unwrap_err().to_string().contains("no format"));
    }
}
