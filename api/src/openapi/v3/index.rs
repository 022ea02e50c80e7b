//! The index of the documents.

use serde_json::{Map, Value, json};

use crate::kind::{Kind, Kinds};
use crate::schema::PUBLISHED_HASH;

/// The answer of `/openapi/v3`: for each group-version the address of its document, with a hash that
/// changes when the document does, so that clients may keep it.
pub fn v3_index(kinds: &Kinds) -> Value {
    let mut hashes: Vec<(String, u64)> = Vec::new();
    for row in kinds.iter() {
        let root = if row.group.is_empty() { "api" } else { "apis" };
        let path = format!("{root}/{}", row.api_version());
        match hashes.last_mut() {
            Some((last, hash)) if *last == path => *hash = add(*hash, row),
            _ => hashes.push((path, add(PUBLISHED_HASH, row))),
        }
    }
    let entry = |(path, hash): (String, u64)| {
        let url = format!("/openapi/v3/{path}?hash={hash:016X}");
        (path, json!({"serverRelativeURL": url}))
    };
    json!({"paths": hashes.into_iter().map(entry).collect::<Map<_, _>>()})
}

/// Adds what a document says of `row` (FNV-1a).
fn add(hash: u64, row: &Kind) -> u64 {
    let text = format!("{} {} {} {:?} {:?}", row.kind, row.plural, row.namespaced, row.verbs, row.subresources);
    let schema = row.custom.as_ref().map(|custom| format!(" {} {:x}", row.definition, custom.version().schema_hash));
    text.bytes()
        .chain(schema.unwrap_or_default().bytes())
        .fold(hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
