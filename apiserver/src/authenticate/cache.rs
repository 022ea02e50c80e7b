//! Verified credentials, so that the next request with the same ones costs no signature check.

use std::collections::HashMap;

use parking_lot::RwLock;
use ring::digest::{SHA256, digest};

/// A hash of the credential: the credential itself is not kept.
pub(super) type Fingerprint = [u8; 32];

/// How many credentials are remembered; when full it starts anew, which costs one check each.
const CAPACITY: usize = 16_384;

/// Bounded memory of verified credentials.
pub(super) struct Cache<T> {
    entries: RwLock<HashMap<Fingerprint, T>>,
}

impl<T: Clone> Cache<T> {
    pub fn new() -> Self {
        Self { entries: RwLock::new(HashMap::new()) }
    }

    pub fn get(&self, fingerprint: &Fingerprint) -> Option<T> {
        self.entries.read().get(fingerprint).cloned()
    }

    pub fn put(&self, fingerprint: Fingerprint, value: T) {
        let mut entries = self.entries.write();
        if entries.len() >= CAPACITY {
            entries.clear();
        }
        entries.insert(fingerprint, value);
    }

    pub fn remove(&self, fingerprint: &Fingerprint) {
        self.entries.write().remove(fingerprint);
    }
}

/// The fingerprint of a credential.
pub(super) fn fingerprint(credential: &[u8]) -> Fingerprint {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, credential).as_ref());
    out
}
