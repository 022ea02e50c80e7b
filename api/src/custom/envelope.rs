//! What every object has, whatever its schema says: type meta and metadata.

use std::sync::LazyLock;

use serde_json::json;

use crate::schema::{Schema, read_custom};

/// A struct with typed metadata and anything else.
pub(crate) fn envelope() -> &'static Schema {
    static ENVELOPE: LazyLock<Schema> =
        LazyLock::new(|| read_custom(&json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true})));
    &ENVELOPE
}
