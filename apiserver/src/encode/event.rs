//! Watch events as lines of JSON, encoded once and shared by all watchers of the same form.

use std::sync::{Arc, Weak};

use bytes::Bytes;
use kontiki_api::Text;
use kontiki_api::kind::Kind;
use kontiki_api::meta::Revision;
use kontiki_api::object::Object;
use kontiki_api::table::Include;
use kontiki_api::time::Time;
use kontiki_store::Run;
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::{Form, Negotiated, object, partial, row_of, value_of};
use crate::read::{Told, WatchItem, WatchKind, items_of};

/// Events remembered; a power of two.
const SLOTS: usize = 1024;
/// The longest event that is remembered, in bytes: all together hold no more than 64 MiB.
const LONGEST: usize = 64 << 10;
/// Runs of events remembered.
const RUNS: usize = 16;
/// The longest run that is remembered, in bytes.
const LONGEST_RUN: usize = 512 << 10;

/// What tells two encoded events apart: an object's revision is its own, the type depends on the
/// watcher's selection, the content on the version watched.
type EventKey = (u64, WatchKind, Text);

/// One encoded event.
type Slot = Mutex<Option<(EventKey, Bytes)>>;

/// One encoded run, and the version it is in.
type Encoded = Mutex<Option<(Weak<Run>, Text, Bytes)>>;

/// The most recent encoded events, each in the slot of its revision, and runs of them, each in the slot of its last.
pub struct EventCache {
    slots: Box<[Slot]>,
    runs: [Encoded; RUNS],
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
        if bytes.len() <= LONGEST {
            *slot.lock() = Some((key, bytes.clone()));
        }
        bytes
    }

    /// The lines of `run`, made by `make` where nobody else has.
    fn run(&self, row: &Kind, run: &Arc<Run>, make: impl FnOnce() -> Bytes) -> Bytes {
        let slot = &self.runs[place(run.revision())];
        if let Some((known, version, bytes)) = &*slot.lock()
            // A place that is held, even weakly, is nobody else's.
            && std::ptr::eq(known.as_ptr(), Arc::as_ptr(run))
            && *version == row.version
        {
            return bytes.clone();
        }
        let bytes = make();
        if bytes.len() <= LONGEST_RUN {
            *slot.lock() = Some((Arc::downgrade(run), row.version.clone(), bytes.clone()));
        }
        bytes
    }
}

/// Where a run that ends at `end` is remembered. Most end at multiples of a power of two.
fn place(end: Revision) -> usize {
    (end.0 ^ (end.0 / Run::STRETCH)) as usize % RUNS
}

fn open(out: &mut Vec<u8>, kind: &str) {
    out.extend_from_slice(br#"{"type":""#);
    out.extend_from_slice(kind.as_bytes());
    out.extend_from_slice(br#"","object":"#);
}

/// The lines of what is told at once, in one piece.
/// The first of a table names its columns, and those after it in `wanted` no more.
pub fn frames(cache: &EventCache, row: &Arc<Kind>, wanted: &mut Negotiated, told: Told, now: Time) -> Bytes {
    match told {
        Told::Shared(run) if wanted.form == Form::Whole && row.conversion.is_none() => {
            cache.run(row, &run, || joined(cache, row, wanted, &items_of(&run), now))
        }
        other => joined(cache, row, wanted, &other.items(), now),
    }
}

fn joined(cache: &EventCache, row: &Arc<Kind>, wanted: &mut Negotiated, items: &[WatchItem], now: Time) -> Bytes {
    if let [only] = items {
        return frame(cache, row, wanted, only, now);
    }
    let frames: Vec<Bytes> = items.iter().map(|item| frame(cache, row, wanted, item, now)).collect();
    Bytes::from(frames.concat())
}

/// Whether whoever watches a version is told the same of a revision, whenever that is. What is made of a stored custom object
/// changes with its definition, and a webhook may answer as it likes.
fn is_told_alike(row: &Kind, object: &Object) -> bool {
    row.conversion.is_none() && row.custom.as_ref().is_none_or(|custom| custom.serves_as_stored(object))
}

fn frame(cache: &EventCache, row: &Arc<Kind>, wanted: &mut Negotiated, item: &WatchItem, now: Time) -> Bytes {
    match item {
        WatchItem::Change(kind, changed) if wanted.form == Form::Whole && is_told_alike(row, changed) => {
            cache.frame(row, *kind, changed)
        }
        WatchItem::Change(kind, changed) => {
            let body = match wanted.form {
                Form::Partial => partial(changed, wanted.meta),
                Form::Table => in_table(row, &value_of(row, changed), now, wanted),
                _ => object(row, changed),
            };
            wrap(kind.as_str(), &body)
        }
        WatchItem::Bookmark { revision, initial_end } => {
            let mut metadata = json!({"resourceVersion": revision.to_string()});
            if *initial_end {
                metadata["annotations"] = json!({"k8s.io/initial-events-end": "true"});
            }
            let (kind, api_version) = match wanted.form {
                Form::Partial => ("PartialObjectMetadata".to_owned(), wanted.meta.to_owned()),
                _ => (row.kind.to_string(), row.api_version()),
            };
            let object = json!({"kind": kind, "apiVersion": api_version, "metadata": metadata});
            let body = match wanted.form {
                // Where rows carry no objects, that of this row still tells what it ends.
                Form::Table if *initial_end && wanted.include == Include::None => {
                    let table = in_table(row, &object, now, &mut Negotiated { include: Include::Metadata, ..*wanted });
                    wanted.headed = false;
                    table
                }
                Form::Table => in_table(row, &object, now, wanted),
                _ => Bytes::from(object.to_string()),
            };
            wrap("BOOKMARK", &body)
        }
        WatchItem::Error(status) => error_frame(status),
    }
}

/// The table of one event.
fn in_table(row: &Kind, object: &Value, now: Time, wanted: &mut Negotiated) -> Bytes {
    let table = row_of(row, "", object, now, *wanted);
    wanted.headed = false;
    Bytes::from(table.to_string())
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
    use crate::encode::form::{Offers, negotiate};
    use crate::fixture::{NOW, cluster, put};
    use futures::StreamExt;
    use kontiki_api::custom::{Crd, DEFINITIONS, rows};
    use kontiki_api::kind::Kinds;
    use kontiki_api::meta::{Key, Resource};
    use kontiki_api::object::Draft;
    use kontiki_store::{Range, Store};

    #[tokio::test]
    async fn watchers_of_everything_share_what_is_encoded() {
        let (store, cache, kinds) = (cluster().await, EventCache::default(), Kinds::builtin());
        let (row, from) = (&kinds.by_kind("v1", "ConfigMap").unwrap(), store.revision());
        for value in ["1", "2"] {
            let metadata = json!({"name": "a", "namespace": "default"});
            put(&*store, json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"k": value}})).await;
        }
        // All of them at the same time: what nobody watches is forgotten.
        let mut watches = [from, from, Revision(from.0 + 1)]
            .map(|from| store.watch(&Range::Resource(Resource::from("configmaps")), from).unwrap());
        let mut told = Vec::new();
        for watch in &mut watches {
            let first = watch.next().await.unwrap().unwrap();
            told.push(frames(&cache, row, &mut negotiate("", Offers::Tables).unwrap(), Told::Shared(watch.run(first)), NOW));
        }
        let [one, other, later] = told.try_into().unwrap();
        assert_eq!(one.as_ptr(), other.as_ptr(), "encoded once");
        let lines = String::from_utf8(one.to_vec()).unwrap();
        assert!(lines.starts_with(r#"{"type":"ADDED""#) && lines.contains("\n{\"type\":\"MODIFIED\""), "{lines}");
        assert!(later.starts_with(br#"{"type":"MODIFIED""#) && lines.as_bytes().ends_with(&later), "{later:?}");
    }

    fn added(cache: &EventCache, row: &Arc<Kind>, value: Value, revision: u64) -> Bytes {
        let object = Draft::new(Key::new(row.resource.clone(), "default", "a"), value, &[]).at(Revision(revision));
        let told = Told::Own(vec![WatchItem::Change(WatchKind::Added, object)]);
        frames(cache, row, &mut negotiate("", Offers::Tables).unwrap(), told, NOW)
    }

    #[test]
    fn the_first_table_of_a_watch_names_the_columns() {
        let (cache, kinds) = (EventCache::default(), Kinds::builtin());
        let row = kinds.by_kind("v1", "ConfigMap").unwrap();
        let mut wanted = negotiate("application/json;as=Table;v=v1;g=meta.k8s.io", Offers::Tables).unwrap();
        let made = |name: &str, revision| {
            let object = json!({"metadata": {"name": name}});
            let object = Draft::new(Key::new(row.resource.clone(), "default", name), object, &[]).at(Revision(revision));
            WatchItem::Change(WatchKind::Added, object)
        };
        let end = WatchItem::Bookmark { revision: Revision(9), initial_end: true };
        let mut lines = Vec::new();
        for told in [Told::Own(vec![made("a", 5), made("b", 6)]), Told::Own(vec![end])] {
            lines.extend_from_slice(&frames(&cache, row, &mut wanted, told, NOW));
        }
        let lines = String::from_utf8(lines).unwrap();
        let tables: Vec<Value> =
            lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["object"].take()).collect();
        let headed: Vec<bool> = tables.iter().map(|table| table["columnDefinitions"].is_array()).collect();
        assert_eq!(headed, [true, false, false], "{lines}");
        assert!(tables[1].as_object().unwrap().contains_key("columnDefinitions") && tables[1]["rows"][0]["cells"][0] == "b");
        let bookmark = &tables[2];
        assert_eq!((&bookmark["kind"], &bookmark["metadata"]["resourceVersion"]), (&json!("Table"), &json!("9")));
        let marked = &bookmark["rows"][0]["object"]["metadata"]["annotations"]["k8s.io/initial-events-end"];
        assert_eq!(marked, "true", "{bookmark}");
    }

    #[test]
    fn the_end_of_the_initial_events_is_told_in_any_table() {
        let (cache, kinds) = (EventCache::default(), Kinds::builtin());
        let row = kinds.by_kind("v1", "ConfigMap").unwrap();
        let wanted = negotiate("application/json;as=Table;v=v1;g=meta.k8s.io", Offers::Tables).unwrap();
        let mut wanted = Negotiated { include: Include::None, ..wanted };
        let mut told = |initial_end| {
            let end = WatchItem::Bookmark { revision: Revision(9), initial_end };
            let line = frames(&cache, row, &mut wanted, Told::Own(vec![end]), NOW);
            serde_json::from_slice::<Value>(&line).unwrap()["object"]["rows"][0]["object"]["metadata"].take()
        };
        assert_eq!(told(true), json!({"resourceVersion": "9", "annotations": {"k8s.io/initial-events-end": "true"}}));
        assert_eq!(told(false), Value::Null);
    }

    #[test]
    fn only_short_events_are_remembered() {
        let (cache, kinds) = (EventCache::default(), Kinds::builtin());
        let row = kinds.by_kind("v1", "ConfigMap").unwrap();
        for (length, shared) in [(100, true), (LONGEST - 200, true), (LONGEST, false)] {
            let object = json!({"metadata": {"name": "a"}, "data": {"k": "x".repeat(length)}});
            let [one, other] = [0; 2].map(|_| added(&cache, row, object.clone(), length as u64));
            assert!(one == other && (one.as_ptr() == other.as_ptr()) == shared, "{length}");
        }
        let held: usize = cache.slots.iter().map(|slot| slot.lock().as_ref().map_or(0, |(_, bytes)| bytes.len())).sum();
        assert!(held < 2 * LONGEST, "{held}");
    }

    #[test]
    fn what_a_definition_makes_of_a_stored_object_is_not_remembered() {
        let cache = EventCache::default();
        let row_since = |since: u64| {
            let names = json!({"plural": "tabs", "singular": "tab", "kind": "Tab", "listKind": "TabList"});
            let versions = json!([{"name": "v1", "served": true, "storage": true}]);
            let spec = json!({"group": "g.io", "scope": "Namespaced", "names": names, "versions": versions});
            let status = json!({"acceptedNames": names, "conditions": [{"type": "Established", "status": "True"}]});
            let definition = json!({"metadata": {"name": "tabs.g.io", "generation": since}, "spec": spec, "status": status});
            let stored = Draft::new(Key::new(DEFINITIONS, "", "tabs.g.io"), definition, &[]).at(Revision(since));
            Arc::new(rows(&Arc::new(Crd::read(&stored, None).unwrap())).pop().unwrap())
        };
        let size = |size: u64| json!({"metadata": {"name": "a"}, "spec": {"size": size}});
        let first = row_since(3);
        assert_eq!(added(&cache, &first, size(1), 5).as_ptr(), added(&cache, &first, size(1), 5).as_ptr(), "served as stored");
        for default in [2, 3] {
            let line = added(&cache, &row_since(5 + default), size(default), 5);
            assert!(String::from_utf8_lossy(&line).contains(&format!("\"size\":{default}")), "{line:?}");
        }
    }
}
