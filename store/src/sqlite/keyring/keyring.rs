use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use kontiki_api::meta::Key;
use parking_lot::RwLock;
use ring::rand::{SecureRandom, SystemRandom};

use super::key_file::{KeyFile, hex, unhex};
use super::root::{KEY_LEN, Root, cipher, open, seal};
use super::sealed::{Sealed, write};
use crate::OpenError;

/// Seals values with AES-256-GCM, each under a key of its own, which lies beside it, wrapped under the cluster's.
pub(crate) struct Keyring {
    path: PathBuf,
    roots: RwLock<Roots>,
    random: SystemRandom,
}

struct Roots {
    known: BTreeMap<u32, Root>,
    seals: u32,
}

/// The cluster's keys that a member has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyStatus {
    /// Their numbers.
    pub known: Vec<u32>,
    /// The one that seals.
    pub seals: u32,
}

/// A value could not be sealed or opened.
#[derive(Debug, thiserror::Error)]
#[error("the value of {key} cannot be {verb}")]
pub(crate) struct SealError {
    key: Key,
    verb: &'static str,
}

/// Why the cluster's keys could not be changed.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// There is no key of this number.
    #[error("there is no cluster key {0} here")]
    Unknown(u32),
    /// There is another key of this number.
    #[error("there is another cluster key {0} here")]
    Taken(u32),
    /// Something is sealed under it still.
    #[error("older cluster keys than {0} are in use still")]
    InUse(u32),
    /// The key is not 64 hexadecimal digits, or the system has no randomness.
    #[error("the key is not usable")]
    Unusable,
    /// What is sealed could not be read or written.
    #[error("what is sealed could not be written anew: {0}")]
    Failed(String),
    /// The file of keys could not be written.
    #[error(transparent)]
    File(#[from] OpenError),
}

impl SealError {
    /// A deletion that does not tell the last state of `key`.
    pub fn untold(key: &Key) -> Self {
        Self { key: key.clone(), verb: "sealed: its deletion does not tell it" }
    }
}

impl Keyring {
    /// Reads the keys at `path`, or makes one, readable by its owner only.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let random = SystemRandom::new();
        let file = match KeyFile::read(path)? {
            Some(file) => file,
            None => {
                let key = fresh(&random).ok_or_else(|| OpenError::Key(path.into()))?;
                let file = KeyFile { keys: vec![(1, key)], seals: 1 };
                file.write(path)?;
                file
            }
        };
        let root = |(number, secret)| Root::new(secret).map(|root| (number, root));
        let known: Option<BTreeMap<u32, Root>> = file.keys.into_iter().map(root).collect();
        let known = known.ok_or_else(|| OpenError::Key(path.into()))?;
        Ok(Self { path: path.into(), roots: RwLock::new(Roots { known, seals: file.seals }), random })
    }

    /// Which keys there are.
    pub fn status(&self) -> KeyStatus {
        let roots = self.roots.read();
        KeyStatus { known: roots.known.keys().copied().collect(), seals: roots.seals }
    }

    /// The key of this number, hexadecimal.
    pub fn secret(&self, number: u32) -> Option<String> {
        self.roots.read().known.get(&number).map(|root| hex(&root.secret))
    }

    /// Makes a new key of this number, on disk when this returns. It seals nothing yet.
    pub fn make(&self, number: u32) -> Result<(), KeyError> {
        self.add(number, fresh(&self.random).ok_or(KeyError::Unusable)?)
    }

    /// Takes a key that another member made, on disk when this returns. It seals nothing yet.
    pub fn learn(&self, number: u32, secret: &str) -> Result<(), KeyError> {
        self.add(number, unhex(secret).ok_or(KeyError::Unusable)?)
    }

    fn add(&self, number: u32, secret: [u8; KEY_LEN]) -> Result<(), KeyError> {
        let mut roots = self.roots.write();
        match roots.known.get(&number) {
            Some(known) if known.secret == secret => return Ok(()),
            Some(_) => return Err(KeyError::Taken(number)),
            None => {}
        }
        roots.known.insert(number, Root::new(secret).ok_or(KeyError::Unusable)?);
        self.write(&roots)
    }

    /// Lets the key of this number seal from now on.
    pub fn seal_under(&self, number: u32) -> Result<(), KeyError> {
        let mut roots = self.roots.write();
        if !roots.known.contains_key(&number) {
            return Err(KeyError::Unknown(number));
        }
        roots.seals = number;
        self.write(&roots)
    }

    /// Destroys all keys but the one that seals.
    pub fn forget_others(&self) -> Result<(), KeyError> {
        let mut roots = self.roots.write();
        let seals = roots.seals;
        roots.known.retain(|number, _| *number == seals);
        self.write(&roots)
    }

    fn write(&self, roots: &Roots) -> Result<(), KeyError> {
        let keys = roots.known.iter().map(|(number, root)| (*number, root.secret)).collect();
        Ok(KeyFile { keys, seals: roots.seals }.write(&self.path)?)
    }

    /// The ciphertext of `value`.
    pub fn seal(&self, key: &Key, value: &[u8]) -> Result<Bytes, SealError> {
        self.try_seal(key, value).ok_or_else(|| SealError { key: key.clone(), verb: "sealed" })
    }

    fn try_seal(&self, key: &Key, value: &[u8]) -> Option<Bytes> {
        let value_key = fresh(&self.random)?;
        let nonce = fresh(&self.random)?;
        let text = seal(&cipher(&value_key)?, key, nonce, value.to_vec())?;
        self.wrap(key, value_key, nonce, &text)
    }

    fn wrap(&self, key: &Key, value_key: [u8; KEY_LEN], nonce: [u8; 12], text: &[u8]) -> Option<Bytes> {
        let key_nonce = fresh(&self.random)?;
        let roots = self.roots.read();
        let wrapped = roots.known.get(&roots.seals)?.wrap(key, key_nonce, value_key)?;
        Some(write(roots.seals, key_nonce, &wrapped, nonce, text).into())
    }

    /// The value that [`Keyring::seal`] made `sealed` of.
    pub fn unseal(&self, key: &Key, sealed: &[u8]) -> Result<Bytes, SealError> {
        self.try_unseal(key, sealed).ok_or_else(|| SealError { key: key.clone(), verb: "unsealed" })
    }

    fn try_unseal(&self, key: &Key, sealed: &[u8]) -> Option<Bytes> {
        let roots = self.roots.read();
        let plain = match Sealed::read(sealed)? {
            Sealed::Derived { nonce, text } => open(&roots.known.get(&1)?.cipher_of(key)?, key, nonce, text),
            Sealed::Wrapped { root, key_nonce, key: wrapped, nonce, text } => {
                let value_key = roots.known.get(&root)?.unwrap(key, key_nonce, wrapped)?;
                open(&cipher(&value_key)?, key, nonce, text)
            }
            Sealed::Destroyed => None,
        };
        plain.map(Bytes::from)
    }

    /// `sealed` under the key that seals now; `None` where it is already.
    pub fn rewrap(&self, key: &Key, sealed: &[u8]) -> Result<Option<Bytes>, SealError> {
        let seals = self.roots.read().seals;
        let rewrapped = match Sealed::read(sealed) {
            Some(Sealed::Wrapped { root, .. }) if root == seals => return Ok(None),
            Some(Sealed::Destroyed) => return Ok(None),
            Some(Sealed::Wrapped { root, key_nonce, key: wrapped, nonce, text }) => {
                let value_key = self.roots.read().known.get(&root).and_then(|root| root.unwrap(key, key_nonce, wrapped));
                value_key.and_then(|value_key| self.wrap(key, value_key, nonce, text))
            }
            // Of the first format: its key is the cluster's own.
            _ => self.try_unseal(key, sealed).and_then(|plain| self.try_seal(key, &plain)),
        };
        rewrapped.map(Some).ok_or_else(|| SealError { key: key.clone(), verb: "rewrapped" })
    }
}

impl std::fmt::Debug for Keyring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Keyring").field("keys", &self.status()).finish()
    }
}

fn fresh<const N: usize>(random: &SystemRandom) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    random.fill(&mut bytes).ok().map(|()| bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sqlite::keyring::DESTROYED;

    fn ring() -> (tempfile::TempDir, Keyring, Key) {
        let folder = tempfile::tempdir().unwrap();
        let keyring = Keyring::open(&folder.path().join("cluster.key")).unwrap();
        (folder, keyring, Key::new("secrets", "a", "x"))
    }

    #[test]
    fn a_sealed_value_opens_for_its_own_object_only() {
        let (folder, keyring, mine) = ring();
        let other = Key::new("secrets", "a", "y");
        let sealed = keyring.seal(&mine, b"hush").unwrap();
        assert!(!sealed.windows(4).any(|window| window == b"hush"));
        assert_eq!(&keyring.unseal(&mine, &sealed).unwrap()[..], b"hush");
        assert!(keyring.unseal(&other, &sealed).is_err());
        let again = Keyring::open(&folder.path().join("cluster.key")).unwrap();
        assert_eq!(&again.unseal(&mine, &sealed).unwrap()[..], b"hush");
    }

    #[test]
    fn a_rewrapped_value_opens_under_the_new_key_and_the_old_one_nowhere() {
        let (folder, keyring, key) = ring();
        let old = keyring.seal(&key, b"hush").unwrap();
        assert_eq!(keyring.rewrap(&key, &old).unwrap(), None);
        keyring.make(2).unwrap();
        keyring.seal_under(2).unwrap();
        let new = keyring.rewrap(&key, &old).unwrap().unwrap();
        assert_eq!(&keyring.unseal(&key, &old).unwrap()[..], b"hush", "until the old key is destroyed");
        keyring.forget_others().unwrap();
        for keyring in [&keyring, &Keyring::open(&folder.path().join("cluster.key")).unwrap()] {
            assert_eq!(keyring.status(), KeyStatus { known: vec![2], seals: 2 });
            assert_eq!(&keyring.unseal(&key, &new).unwrap()[..], b"hush");
            assert!(keyring.unseal(&key, &old).is_err());
        }
    }

    #[test]
    fn a_value_of_the_first_format_opens_and_is_rewrapped() {
        let (_folder, keyring, key) = ring();
        let nonce = [7; 12];
        let cipher = keyring.roots.read().known[&1].cipher_of(&key).unwrap();
        let old = [&[1][..], &nonce, &seal(&cipher, &key, nonce, b"hush".to_vec()).unwrap()].concat();
        assert_eq!(&keyring.unseal(&key, &old).unwrap()[..], b"hush");
        let new = keyring.rewrap(&key, &old).unwrap().unwrap();
        assert_eq!(&keyring.unseal(&key, &new).unwrap()[..], b"hush");
        assert!(keyring.unseal(&key, DESTROYED).is_err());
    }

    #[test]
    fn a_number_is_never_given_to_two_keys() {
        let (_folder, keyring, _) = ring();
        keyring.make(2).unwrap();
        let secret = keyring.secret(2).unwrap();
        assert!(keyring.learn(2, &secret).is_ok());
        assert!(matches!(keyring.learn(2, &"00".repeat(32)), Err(KeyError::Taken(2))));
        assert!(matches!(keyring.learn(3, "short"), Err(KeyError::Unusable)));
        assert!(matches!(keyring.seal_under(4), Err(KeyError::Unknown(4))));
    }
}
