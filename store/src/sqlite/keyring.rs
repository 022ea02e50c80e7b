use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use kontiki_api::meta::Key;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use ring::rand::{SecureRandom, SystemRandom};

use super::OpenError;

const VERSION: u8 = 1;
const KEY_LEN: usize = 32;

/// Seals values with AES-256-GCM under a key per object, derived from the cluster key.
///
/// Sealed: version, 12 random bytes, ciphertext, tag; bound to the object's key, so that a value
/// cannot be passed off as another object's.
pub(crate) struct Keyring {
    root: Prk,
    random: SystemRandom,
}

/// A value could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
#[error("the value of {key} cannot be {verb}")]
pub(crate) struct SealError {
    key: Key,
    verb: &'static str,
}

/// Where the cluster key of the store in `folder` lies.
pub(crate) fn key_path(folder: &Path) -> PathBuf {
    folder.join("cluster.key")
}

struct ObjectKeyLen;

impl KeyType for ObjectKeyLen {
    fn len(&self) -> usize {
        KEY_LEN
    }
}

impl Keyring {
    /// Reads the cluster key at `path`, or makes one, readable by its owner only.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let failed = |source| OpenError::File { path: path.into(), source };
        let random = SystemRandom::new();
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let mut key = [0; KEY_LEN];
                random.fill(&mut key).map_err(|_| failed(std::io::Error::other("no randomness")))?;
                let text = hex(&key);
                write_private(path, &text).map_err(failed)?;
                text
            }
            Err(error) => return Err(failed(error)),
        };
        let key = unhex(text.trim()).ok_or_else(|| OpenError::Key(path.into()))?;
        Ok(Self { root: Salt::new(HKDF_SHA256, b"kontiki object key").extract(&key), random })
    }

    /// The ciphertext of `value`.
    pub fn seal(&self, key: &Key, value: &[u8]) -> Result<Bytes, SealError> {
        let error = || SealError { key: key.clone(), verb: "sealed" };
        let (cipher, name) = self.cipher(key).ok_or_else(error)?;
        let mut nonce = [0; NONCE_LEN];
        self.random.fill(&mut nonce).map_err(|_| error())?;
        let mut text = value.to_vec();
        let aad = Aad::from(name.as_bytes());
        cipher.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut text).map_err(|_| error())?;
        let mut sealed = Vec::with_capacity(1 + NONCE_LEN + text.len());
        sealed.push(VERSION);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&text);
        Ok(sealed.into())
    }

    /// The value that [`Keyring::seal`] made `sealed` of.
    pub fn unseal(&self, key: &Key, sealed: &[u8]) -> Result<Bytes, SealError> {
        let error = || SealError { key: key.clone(), verb: "unsealed" };
        let (version, rest) = sealed.split_first().ok_or_else(error)?;
        let (nonce, text) = rest.split_first_chunk::<NONCE_LEN>().ok_or_else(error)?;
        let (cipher, name) = self.cipher(key).filter(|_| *version == VERSION).ok_or_else(error)?;
        let mut text = text.to_vec();
        let aad = Aad::from(name.as_bytes());
        let opened = cipher.open_in_place(Nonce::assume_unique_for_key(*nonce), aad, &mut text);
        let length = opened.map_err(|_| error())?.len();
        text.truncate(length);
        Ok(text.into())
    }

    fn cipher(&self, key: &Key) -> Option<(LessSafeKey, String)> {
        let name = key.to_string();
        let mut bytes = [0; KEY_LEN];
        self.root.expand(&[name.as_bytes()], ObjectKeyLen).ok()?.fill(&mut bytes).ok()?;
        let cipher = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &bytes).ok()?);
        Some((cipher, name))
    }
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keyring")
    }
}

/// Written beside and renamed, so that a crash leaves no half key.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let beside = path.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    path.parent().map_or(Ok(()), |folder| fs::File::open(folder)?.sync_all())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text.chars().map(|digit| u8::try_from(digit.to_digit(16)?).ok()).collect();
    let bytes: Vec<u8> = digits?.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect();
    (bytes.len() == KEY_LEN && text.len() == 2 * KEY_LEN).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_for_its_own_object_only() {
        let folder = tempfile::tempdir().unwrap();
        let keyring = Keyring::open(&folder.path().join("cluster.key")).unwrap();
        let (mine, other) = (Key::new("secrets", "a", "x"), Key::new("secrets", "a", "y"));
        let sealed = keyring.seal(&mine, b"hush").unwrap();
        assert!(!sealed.windows(4).any(|window| window == b"hush"));
        assert_eq!(&keyring.unseal(&mine, &sealed).unwrap()[..], b"hush");
        assert!(keyring.unseal(&other, &sealed).is_err());
        let again = Keyring::open(&folder.path().join("cluster.key")).unwrap();
        assert_eq!(&again.unseal(&mine, &sealed).unwrap()[..], b"hush");
    }
}
