//! Definitions as OpenAPI documents publish them.

use std::io::Read;

use flate2::read::DeflateDecoder;
use serde_json::{Map, Value};

/// Deflated JSON: definitions by name, with descriptions. Made by `build.rs`.
const DEFINITIONS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/definitions.json.z"));

/// A hash of all that [`published`] gives (FNV-1a).
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

/// Every built-in definition with its description, by name; a `$ref` holds the bare name.
/// Inflated at each call and not kept: about two megabytes of JSON.
pub fn published() -> Map<String, Value> {
    let mut json = Vec::new();
    let inflated = DeflateDecoder::new(DEFINITIONS).read_to_end(&mut json).is_ok();
    debug_assert!(inflated, "build.rs wrote a stream that does not inflate");
    serde_json::from_slice(&json).unwrap_or_default()
}
