//! Watch events as lines of JSON, encoded once and shared by all watchers of the same form.

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use kontiki_api::Text;
use kontiki_api::kind::Kind;
use kontiki_api::object::Object;
use kontiki_api::time::Time;
use parking_lot::Mutex;
use serde_json::json;

use super::{Form, Negotiated, object, one_row, partial};
use crate::read::{WatchItem, WatchKind};

/// Events remembered; a power of two.
const SLOTS: usize = 1024;

/// What tells two encoded events apart: an object's revision is its own, the type depends on the
/// watcher's selection, the content on the version watched.
type EventKey = (u64, WatchKind, Text);

/// One encoded event.
type Slot = Mutex<Option<(EventKey, Bytes)>>;

/// The most recent encoded events, each in the slot of its revision.
pub struct EventCache {
    slots: Box<[Slot]>,
}

impl Default for EventCache {
    fn default() -> Self {
        Self { slots: (0..SLOTS).map(|_| Mutex::new(None)).collect() }
    }
}

impl EventCache {
    fn frame(&self, row: &Kind, kind: WatchKind, object: &Object) -> Bytes {
        let key = (object.revision.0, kind, row.version.clone());
        let slot = &self.slots[key.0 as usize % SLOTS];
        if let Some((found, bytes)) = &*slot.lock()
            && *found == key
        {
            return bytes.clone();
        }
        let mut out = Vec::with_capacity(object.value.len() + 80);
        open(&mut out, kind.as_str());
        object.write_to(&mut out);
        out.extend_from_slice(b"}\n");
        let bytes = Bytes::from(out);
        *slot.lock() = Some((key, bytes.clone()));
        bytes
    }
}

fn open(out: &mut Vec<u8>, kind: &str) {
    out.extend_from_slice(br#"{"type":""#);
    out.extend_from_slice(kind.as_bytes());
    out.extend_from_slice(br#"","object":"#);
}

/// The lines of some events, in one piece.
pub fn frames(cache: &EventCache, row: &Arc<Kind>, wanted: Negotiated, items: &[WatchItem], now: Time) -> Bytes {
    if let [only] = items {
        return frame(cache, row, wanted, only, now);
    }
    let mut out = BytesMut::new();
    for item in items {
        out.extend_from_slice(&frame(cache, row, wanted, item, now));
    }
    out.freeze()
}

fn frame(cache: &EventCache, row: &Arc<Kind>, wanted: Negotiated, item: &WatchItem, now: Time) -> Bytes {
    match item {
        WatchItem::Change(kind, changed) if wanted.form == Form::Whole && row.conversion.is_none() => {
            cache.frame(row, *kind, changed)
        }
        WatchItem::Change(kind, changed) => {
            let body = match wanted.form {
                Form::Partial => partial(changed),
                Form::Table => Bytes::from(one_row(row, changed, now, wanted.include).to_string()),
                _ => object(row, changed),
            };
            wrap(kind.as_str(), &body)
        }
        WatchItem::Bookmark { revision, initial_end } => {
            let mut metadata = json!({"resourceVersion": revision.to_string(), "creationTimestamp": null});
            if *initial_end {
                metadata["annotations"] = json!({"k8s.io/initial-events-end": "true"});
            }
            let (kind, api_version) = match wanted.form {
                Form::Partial => ("PartialObjectMetadata".to_owned(), "meta.k8s.io/v1".to_owned()),
                _ => (row.kind.to_string(), row.api_version()),
            };
            let object = json!({"kind": kind, "apiVersion": api_version, "metadata": metadata});
            wrap("BOOKMARK", object.to_string().as_bytes())
        }
        WatchItem::Error(status) => error_frame(status),
    }
}

/// The last line of a watch that fails.
pub fn error_frame(status: &kontiki_api::status::Status) -> Bytes {
    wrap("ERROR", status.to_value().to_string().as_bytes())
}

fn wrap(kind: &str, object: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(object.len() + 40);
    open(&mut out, kind);
    out.extend_from_slice(object);
    out.extend_from_slice(b"}\n");
    Bytes::from(out)
}
