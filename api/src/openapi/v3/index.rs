//! The index of the documents.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::kind::{Kind, Kinds};
use crate::schema::PUBLISHED_HASH;

/// Goes up where documents of the same rows change: clients keep for good what they have under a hash.
const FORM: &str = "3";

/// The answer of `/openapi/v3`: for each group-version the address of its document, with a hash that
/// changes when the document does, so that clients may keep it.
pub fn v3_index(kinds: &Kinds) -> Value {
    let mut places: Vec<(&str, &str)> = kinds.iter().map(|row| (&*row.group, &*row.version)).collect();
    places.dedup();
    let entry = |(group, version): (&str, &str)| {
        let url = v3_url(group, version, &hash(kinds.in_version(group, version)));
        (path(group, version), json!({"serverRelativeURL": url}))
    };
    json!({"paths": places.into_iter().map(entry).collect::<Map<_, _>>()})
}

/// The hash of the document of `group`/`version`, as the index has it; `None` where no row is served there.
pub fn v3_hash(kinds: &Kinds, group: &str, version: &str) -> Option<String> {
    let rows = kinds.in_version(group, version);
    (!rows.is_empty()).then(|| hash(rows))
}

/// Where the document of `group`/`version` is that is known by `hash`.
pub fn v3_url(group: &str, version: &str, hash: &str) -> String {
    format!("/openapi/v3/{}?hash={hash}", path(group, version))
}

fn path(group: &str, version: &str) -> String {
    if group.is_empty() { format!("api/{version}") } else { format!("apis/{group}/{version}") }
}

/// A hash of what a document says of `rows` (FNV-1a).
fn hash(rows: &[Arc<Kind>]) -> String {
    let add =
        |hash: u64, text: &str| text.bytes().fold(hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let hash = rows.iter().fold(add(PUBLISHED_HASH, FORM), |hash, row| add(hash, &told(row)));
    format!("{hash:016X}")
}

/// What a document says of `row`, its published definitions aside.
fn told(row: &Kind) -> String {
    let text = format!("{} {} {} {:?} {:?}", row.kind, row.plural, row.namespaced, row.verbs, row.subresources);
    let schema = |custom: &crate::custom::Custom| {
        format!(" {} {} {:x} {:?}", row.list_kind(), row.definition, custom.version().schema_hash, custom.version().selectable)
    };
    text + &row.custom.as_ref().map(schema).unwrap_or_default()
}
