//! Verified credentials, so that the next request with the same ones costs no signature check.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher, RandomState};

use parking_lot::RwLock;
use ring::digest::{SHA256, digest};

/// A hash of a secret credential, which itself is not kept.
pub(super) type Fingerprint = [u8; 32];

/// How many credentials are remembered; when full it starts anew, which costs one check each.
const CAPACITY: usize = 16_384;

/// Bounded memory of verified credentials: `K` tells them apart.
pub(super) struct Cache<K, T, S = RandomState> {
    entries: RwLock<HashMap<K, T, S>>,
}

impl<K: Eq + Hash, T: Clone, S: BuildHasher + Default> Cache<K, T, S> {
    pub fn new() -> Self {
        Self { entries: RwLock::new(HashMap::default()) }
    }

    pub fn get<Q: Eq + Hash + ?Sized>(&self, credential: &Q) -> Option<T>
    where
        K: Borrow<Q>,
    {
        self.entries.read().get(credential).cloned()
    }

    pub fn put(&self, credential: K, value: T) {
        let mut entries = self.entries.write();
        if entries.len() >= CAPACITY {
            entries.clear();
        }
        entries.insert(credential, value);
    }

    pub fn remove(&self, credential: &K) {
        self.entries.write().remove(credential);
    }
}

/// Hashes certificates by their end, which is part of a signature and so as good as random: each request looks one up. Only
/// certificates that hold are keys, so nobody chooses where they fall.
#[derive(Default)]
pub(super) struct BySignature(u64);

/// Makes [`BySignature`].
pub(super) type BySignatures = BuildHasherDefault<BySignature>;

impl Hasher for BySignature {
    fn write(&mut self, bytes: &[u8]) {
        let mixed = match bytes.last_chunk() {
            Some(end) => u64::from_le_bytes(*end),
            None => bytes.iter().fold(0, |mixed, byte| mixed << 8 | u64::from(*byte)),
        };
        self.0 = (self.0.rotate_left(5) ^ mixed).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// The fingerprint of a credential.
pub(super) fn fingerprint(credential: &[u8]) -> Fingerprint {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, credential).as_ref());
    out
}
