//! JSON Web Signatures with ES256, compact form.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rcgen::{KeyPair, PublicKeyData};
use ring::digest;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, UnparsedPublicKey};
use rustls_pki_types::PrivatePkcs8KeyDer;
use serde::Deserialize;
use serde_json::{Value, json};

/// A P-256 key that signs and verifies.
pub(super) struct Key {
    pair: EcdsaKeyPair,
    random: SystemRandom,
    id: String,
    pem: String,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
}

impl Key {
    /// Reads a PKCS#8 key; what is wrong with it, for people, where it is not one.
    pub fn read(der: &PrivatePkcs8KeyDer<'_>) -> Result<Self, String> {
        let parsed = KeyPair::try_from(der).map_err(|error| error.to_string())?;
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, parsed.serialized_der(), &random)
            .map_err(|error| error.to_string())?;
        let id = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, &parsed.subject_public_key_info()));
        Ok(Self { pair, random, id, pem: parsed.serialize_pem() })
    }

    /// Its name, a hash of the public key.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The key, PKCS#8 PEM.
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// `claims`, signed; `None` where the system has no randomness.
    pub fn sign(&self, claims: &Value) -> Option<String> {
        let header = json!({"alg": "ES256", "kid": self.id});
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let mut token = format!("{}.{}", encode(&header), encode(claims));
        let signature = self.pair.sign(&self.random, token.as_bytes()).ok()?;
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature.as_ref(), &mut token);
        Some(token)
    }

    /// The claims of `token`, where this key signed it.
    pub fn verify(&self, token: &str) -> Option<Value> {
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let header: Header = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
        if header.alg != "ES256" || header.kid.is_some_and(|id| id != self.id) {
            return None;
        }
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.pair.public_key());
        public.verify(signed.as_bytes(), &signature).ok()?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).ok()?).ok()
    }

    /// The public key as a JSON Web Key.
    pub fn jwk(&self) -> Value {
        // An uncompressed point: 0x04, then 32 bytes each of x and y.
        let point = self.pair.public_key().as_ref();
        let (x, y) = (point.get(1..33).unwrap_or_default(), point.get(33..65).unwrap_or_default());
        json!({
            "use": "sig", "kty": "EC", "kid": self.id, "crv": "P-256", "alg": "ES256",
            "x": URL_SAFE_NO_PAD.encode(x), "y": URL_SAFE_NO_PAD.encode(y),
        })
    }
}
