//! A list in one piece, for callers in this process.

use bytes::Bytes;
use kontiki_api::kind::Kind;
use kontiki_api::object::Object;
use serde_json::Value;

use super::object::value_of;
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

/// How the items of `kind` would begin by themselves: the list says this for all of them. Upstream tells it again of what it knows
/// no more than the JSON of.
pub fn item_head(kind: &Kind) -> String {
    match kind.custom {
        Some(_) => String::new(),
        None => format!(r#"{{"apiVersion":"{}","kind":"{}","#, kind.api_version(), kind.kind),
    }
}

/// The whole list as JSON.
pub fn list(list: &List) -> Bytes {
    let mut out = list_head(list, &list.kind.list_kind(), &list.kind.api_version()).into_bytes();
    let head = item_head(&list.kind);
    for (at, item) in list.objects.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        if list.kind.conversion.is_none() {
            item.write_item(&head, &mut out);
        } else {
            out.extend_from_slice(converted(&list.kind, item).to_string().as_bytes());
        }
    }
    out.extend_from_slice(b"]}\n");
    Bytes::from(out)
}

fn converted(kind: &Kind, item: &Object) -> Value {
    let mut value = value_of(kind, item);
    if let Some(members) = value.as_object_mut() {
        ["apiVersion", "kind"].into_iter().for_each(|said| drop(members.shift_remove(said)));
    }
    value
}
