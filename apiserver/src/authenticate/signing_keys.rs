//! The keys of service-account tokens: one signs, all verify.

use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;
use serde_json::Value;

use super::jws::Key;

/// One key that signs, and older ones whose tokens still hold.
pub(super) struct SigningKeys {
    first: Key,
    older: Vec<Key>,
}

impl SigningKeys {
    /// Reads one PKCS#8 PEM block after the other; the first is the key that signs. Where they are none, what is wrong,
    /// for people.
    pub fn read(pem: &str) -> Result<Self, String> {
        let blocks = PrivatePkcs8KeyDer::pem_slice_iter(pem.as_bytes());
        let mut keys = blocks.map(|block| Key::read(&block.map_err(|error| error.to_string())?));
        let first = keys.next().unwrap_or_else(|| Err("there is no private key in PEM".into()))?;
        Ok(Self { first, older: keys.collect::<Result<_, _>>()? })
    }

    /// `claims`, signed; `None` where the system has no randomness.
    pub fn sign(&self, claims: &Value) -> Option<String> {
        self.first.sign(claims)
    }

    /// The claims of `token`, where one of the keys signed it.
    pub fn verify(&self, token: &str) -> Option<Value> {
        self.all().find_map(|key| key.verify(token))
    }

    /// Whether the key that signs now signed `token`.
    pub fn is_current(&self, token: &str) -> bool {
        self.first.verify(token).is_some()
    }

    /// The public keys as JSON Web Keys.
    pub fn jwks(&self) -> Vec<Value> {
        self.all().map(Key::jwk).collect()
    }

    /// The keys' names.
    pub fn ids(&self) -> Vec<String> {
        self.all().map(|key| key.id().to_owned()).collect()
    }

    /// As [`Self::read`] reads them: each key by itself.
    pub fn pems(&self) -> Vec<String> {
        self.all().map(|key| key.pem().to_owned()).collect()
    }

    fn all(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.first).chain(&self.older)
    }
}
