use kontiki_api::meta::Key;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};

/// Bytes of every key.
pub(super) const KEY_LEN: usize = 32;

/// One key of the cluster.
pub(super) struct Root {
    /// Its bytes, as they lie in the file.
    pub secret: [u8; KEY_LEN],
    /// Values of the first format were sealed under keys derived from it.
    derived: Prk,
    /// Wraps the keys of values.
    wrap: LessSafeKey,
}

struct KeyLen;

impl KeyType for KeyLen {
    fn len(&self) -> usize {
        KEY_LEN
    }
}

impl Root {
    /// The key of these bytes; `None` where cryptography fails.
    pub fn new(secret: [u8; KEY_LEN]) -> Option<Self> {
        let derived = Salt::new(HKDF_SHA256, b"kontiki object key").extract(&secret);
        let mut bytes = [0; KEY_LEN];
        Salt::new(HKDF_SHA256, b"kontiki value keys").extract(&secret).expand(&[b"wrap"], KeyLen).ok()?.fill(&mut bytes).ok()?;
        Some(Self { secret, derived, wrap: cipher(&bytes)? })
    }

    /// The cipher of a value of the first format.
    pub fn cipher_of(&self, key: &Key) -> Option<LessSafeKey> {
        let mut bytes = [0; KEY_LEN];
        self.derived.expand(&[key.to_string().as_bytes()], KeyLen).ok()?.fill(&mut bytes).ok()?;
        cipher(&bytes)
    }

    /// Wraps the key of a value of the object `key`, under `nonce`.
    pub fn wrap(&self, key: &Key, nonce: [u8; NONCE_LEN], value_key: [u8; KEY_LEN]) -> Option<Vec<u8>> {
        seal(&self.wrap, key, nonce, value_key.to_vec())
    }

    /// The way back of [`Root::wrap`].
    pub fn unwrap(&self, key: &Key, nonce: [u8; NONCE_LEN], wrapped: &[u8]) -> Option<[u8; KEY_LEN]> {
        open(&self.wrap, key, nonce, wrapped)?.try_into().ok()
    }
}

/// The cipher of these bytes.
pub(super) fn cipher(bytes: &[u8; KEY_LEN]) -> Option<LessSafeKey> {
    UnboundKey::new(&AES_256_GCM, bytes).ok().map(LessSafeKey::new)
}

/// The ciphertext of `plain`, bound to the object `key`, so that it cannot be passed off as another object's.
pub(super) fn seal(cipher: &LessSafeKey, key: &Key, nonce: [u8; NONCE_LEN], plain: Vec<u8>) -> Option<Vec<u8>> {
    let mut text = plain;
    let aad = Aad::from(key.to_string().into_bytes());
    cipher.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut text).ok()?;
    Some(text)
}

/// The way back of [`seal`].
pub(super) fn open(cipher: &LessSafeKey, key: &Key, nonce: [u8; NONCE_LEN], text: &[u8]) -> Option<Vec<u8>> {
    let mut text = text.to_vec();
    let aad = Aad::from(key.to_string().into_bytes());
    let length = cipher.open_in_place(Nonce::assume_unique_for_key(nonce), aad, &mut text).ok()?.len();
    text.truncate(length);
    Some(text)
}
