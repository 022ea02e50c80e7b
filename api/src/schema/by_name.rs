//! Tables by the names of definitions.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// Values by the names of definitions. The names asked for are ours, never a client's: a plain hash serves them.
pub(crate) type ByName<V> = HashMap<String, V, BuildHasherDefault<NameHasher>>;

/// Hashes a name by its length and its last sixteen bytes, in which definitions differ.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct NameHasher(u64);

/// An odd number of even bits.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

impl Hasher for NameHasher {
    fn write(&mut self, bytes: &[u8]) {
        let mut mix = |part: u64| self.0 = (self.0 ^ part).wrapping_mul(SPREAD).rotate_left(29);
        mix(bytes.len() as u64);
        for part in bytes.rchunks(8).take(2) {
            mix(part.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)));
        }
    }

    /// What ends a text says nothing.
    fn write_u8(&mut self, _: u8) {}

    fn finish(&self) -> u64 {
        self.0.wrapping_mul(SPREAD)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::hash::BuildHasher;

    #[test]
    fn the_names_of_definitions_have_hashes_of_their_own() {
        let published = crate::schema::Published::read();
        let names = published.definitions();
        let builder = BuildHasherDefault::<NameHasher>::default();
        let hashes: BTreeSet<u64> = names.keys().map(|name| builder.hash_one(name)).collect();
        assert!(names.len() > 500 && hashes.len() * 100 > names.len() * 98, "{} of {}", hashes.len(), names.len());
    }
}
