//! Watch events as lines of JSON, encoded once and shared by all watchers of the same form.

use std::sync::Arc;

use bytes::Bytes;
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
/// Runs of events remembered.
const RUNS: usize = 16;
/// The longest run that is remembered, in bytes.
const LONGEST_RUN: usize = 256 << 10;

/// What tells two encoded events apart: an object's revision is its own, the type depends on the
/// watcher's selection, the content on the version watched.
type EventKey = (u64, WatchKind, Text);

/// One encoded event.
type Slot = Mutex<Option<(EventKey, Bytes)>>;

/// What tells two runs of events apart: those of each event.
type RunKey = (Vec<(u64, WatchKind)>, Text);

/// One encoded run.
type Run = Mutex<Option<(RunKey, Bytes)>>;

/// The most recent encoded events, each in the slot of its revision, and runs of them, each in the slot of its last.
pub struct EventCache {
    slots: Box<[Slot]>,
    runs: [Run; RUNS],
}

impl Default for EventCache {
    fn default() -> Self {
        Self { slots: (0..SLOTS).map(|_| Mutex::new(None)).collect(), runs: Default::default() }
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

    /// The lines of `run`, which are all changes told as they are stored; made by `make` where nobody else has.
    fn run(&self, row: &Kind, run: Vec<(u64, WatchKind)>, make: impl FnOnce() -> Bytes) -> Bytes {
        let last = run.last().map_or(0, |(revision, _)| *revision);
        let slot = &self.runs[last as usize % RUNS];
        if let Some(((known, version), bytes)) = &*slot.lock()
            && *known == run
            && *version == row.version
        {
            return bytes.clone();
        }
        let bytes = make();
        if bytes.len() <= LONGEST_RUN {
            *slot.lock() = Some(((run, row.version.clone()), bytes.clone()));
        }
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
    let joined = || {
        let frames: Vec<Bytes> = items.iter().map(|item| frame(cache, row, wanted, item, now)).collect();
        Bytes::from(frames.concat())
    };
    match run_of(row, wanted, items) {
        Some(run) => cache.run(row, run, joined),
        None => joined(),
    }
}

/// What tells these events from others, where all are changes that are told as they are stored.
fn run_of(row: &Kind, wanted: Negotiated, items: &[WatchItem]) -> Option<Vec<(u64, WatchKind)>> {
    let of = |item: &WatchItem| match item {
        WatchItem::Change(kind, object) => Some((object.revision.0, *kind)),
        _ => None,
    };
    let shared = wanted.form == Form::Whole && row.conversion.is_none() && row.custom.is_none();
    if shared { items.iter().map(of).collect() } else { None }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_that_agree_at_both_ends_are_told_apart() {
        let (cache, kinds) = (EventCache::default(), kontiki_api::kind::Kinds::builtin());
        let row = kinds.iter().next().unwrap();
        let run = |revisions: [u64; 3]| revisions.map(|revision| (revision, WatchKind::Modified)).to_vec();
        let all = |revisions, text: &'static str| cache.run(row, run(revisions), || Bytes::from_static(text.as_bytes()));
        assert_eq!(all([1, 2, 4], "one"), "one");
        assert_eq!(all([1, 2, 4], "made again"), "one");
        assert_eq!(all([1, 3, 4], "another"), "another");
    }
}
