//! Definitions as OpenAPI documents publish them.

use std::collections::BTreeMap;
use std::io::Read;

use flate2::read::DeflateDecoder;
use serde_json::value::RawValue;

/// Deflated JSON: definitions by name, with descriptions. Made by `build.rs`.
const DEFINITIONS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/definitions.json.z"));

/// A hash of all that [`Published`] holds (FNV-1a).
pub const PUBLISHED_HASH: u64 = hash(DEFINITIONS);

const fn hash(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325;
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0100_0000_01b3);
        at += 1;
    }
    hash
}

/// Every built-in definition with its description, as text: about two megabytes, to be dropped soon.
pub struct Published {
    json: Vec<u8>,
}

impl Published {
    /// Inflates the definitions.
    pub fn read() -> Self {
        let mut json = Vec::new();
        let inflated = DeflateDecoder::new(DEFINITIONS).read_to_end(&mut json).is_ok();
        debug_assert!(inflated, "build.rs wrote a stream that does not inflate");
        Self { json }
    }

    /// The definitions by name, not yet parsed; a `$ref` in them holds the bare name.
    pub fn definitions(&self) -> BTreeMap<&str, &RawValue> {
        serde_json::from_slice(&self.json).unwrap_or_default()
    }
}
