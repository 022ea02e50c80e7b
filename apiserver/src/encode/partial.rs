//! `PartialObjectMetadata`: the metadata alone.

use bytes::Bytes;
use kontiki_api::object::Object;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct OnlyMetadata<'a> {
    #[serde(borrow)]
    metadata: &'a RawValue,
}

/// The object's metadata as `PartialObjectMetadata` of `api_version`.
pub fn partial(object: &Object, api_version: &str) -> Bytes {
    let json = object.to_json();
    let metadata = serde_json::from_slice::<OnlyMetadata<'_>>(&json).map_or("{}", |only| only.metadata.get());
    Bytes::from(format!(r#"{{"kind":"PartialObjectMetadata","apiVersion":"{api_version}","metadata":{metadata}}}"#))
}

/// The same of an object that is not stored as it is.
pub fn partial_of(object: &Value, api_version: &str) -> Value {
    let metadata = object.get("metadata").cloned().unwrap_or_else(|| json!({}));
    json!({"kind": "PartialObjectMetadata", "apiVersion": api_version, "metadata": metadata})
}
