//! `PartialObjectMetadata`: the metadata alone.

use bytes::Bytes;
use kontiki_api::object::Object;
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct OnlyMetadata<'a> {
    #[serde(borrow)]
    metadata: &'a RawValue,
}

/// The object's metadata as `meta.k8s.io/v1 PartialObjectMetadata`.
pub fn partial(object: &Object) -> Bytes {
    let json = object.to_json();
    let metadata = serde_json::from_slice::<OnlyMetadata<'_>>(&json).map_or("{}", |only| only.metadata.get());
    Bytes::from(format!(r#"{{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":{metadata}}}"#))
}
