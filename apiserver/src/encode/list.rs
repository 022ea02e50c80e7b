//! A list in one piece, for callers in this process.

use bytes::Bytes;
use serde_json::Value;

use super::object::object;
use crate::server::List;

/// The kind of lists of metadata alone.
pub const PARTIAL: &str = "PartialObjectMetadataList";

/// What precedes the items: kind, version, metadata, `"items":[`.
pub fn list_head(list: &List, kind: &str, api_version: &str) -> String {
    let mut metadata = format!(r#""resourceVersion":"{}""#, list.revision);
    // As upstream, where it knows no more of them than their JSON.
    let untyped = list.kind.custom.is_some() && kind != PARTIAL;
    if let Some(next) = list.next.as_deref().or_else(|| untyped.then_some("")) {
        metadata.push_str(&format!(r#","continue":{}"#, Value::from(next)));
    }
    if let Some(remaining) = list.remaining {
        metadata.push_str(&format!(r#","remainingItemCount":{remaining}"#));
    }
    format!(r#"{{"kind":"{kind}","apiVersion":"{api_version}","metadata":{{{metadata}}},"items":["#)
}

/// The whole list as JSON.
pub fn list(list: &List) -> Bytes {
    let mut out = list_head(list, &list.kind.list_kind(), &list.kind.api_version()).into_bytes();
    for (at, item) in list.objects.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        if list.kind.conversion.is_none() {
            item.write_to(&mut out);
        } else {
            out.extend_from_slice(&object(&list.kind, item));
        }
    }
    out.extend_from_slice(b"]}\n");
    Bytes::from(out)
}
