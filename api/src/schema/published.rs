//! Definitions as OpenAPI documents publish them.

use std::io::Read;

use flate2::read::DeflateDecoder;
use serde_json::{Map, Value};

/// Deflated JSON: definitions by name, with descriptions. Made by `build.rs`.
const DEFINITIONS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/definitions.json.z"));

/// Every built-in definition with its description, by name; a `$ref` holds the bare name.
/// Inflated at each call and not kept: about two megabytes of JSON.
pub fn published() -> Map<String, Value> {
    let mut json = Vec::new();
    let inflated = DeflateDecoder::new(DEFINITIONS).read_to_end(&mut json).is_ok();
    debug_assert!(inflated, "build.rs wrote a stream that does not inflate");
    serde_json::from_slice(&json).unwrap_or_default()
}
