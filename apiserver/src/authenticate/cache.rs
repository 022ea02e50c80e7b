//! Verified credentials, so that the next request with the same ones costs no signature check.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

use parking_lot::RwLock;
use ring::digest::{SHA256, digest};

/// A hash of a secret credential, which itself is not kept.
pub(super) type Fingerprint = [u8; 32];

/// How many credentials are remembered; when full it starts anew, which costs one check each.
const CAPACITY: usize = 16_384;

/// Bounded memory of verified credentials: `K` tells them apart.
pub(super) struct Cache<K, T> {
    entries: RwLock<HashMap<K, T>>,
}

impl<K: Eq + Hash, T: Clone> Cache<K, T> {
    pub fn new() -> Self {
        Self { entries: RwLock::new(HashMap::new()) }
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

/// The fingerprint of a credential.
pub(super) fn fingerprint(credential: &[u8]) -> Fingerprint {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, credential).as_ref());
    out
}
