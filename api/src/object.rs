//! An object in the server: its JSON bytes plus a parsed head.

use std::cell::RefCell;
use std::io::Write;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Map, Number, Value};

use crate::go::json_number;
use crate::meta::{Head, Key, Revision};
use crate::stored::{Stored, WORTH, end_of_nest};
use crate::time::Time;

/// An object about to be committed: serialized once, without a `resourceVersion`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Where it will be found.
    pub key: Key,
    /// Its head, parsed from the same value.
    pub head: Head,
    /// Its JSON: `apiVersion`, `kind`, `metadata` first, `metadata` never empty.
    pub value: Bytes,
    /// Offset in `value` just behind `"metadata":{`, where the revision is spliced in.
    pub splice: u32,
}

impl Draft {
    /// Serializes `object` as it is stored. `fields` are the JSON pointers of the row's selectable fields.
    /// `metadata.resourceVersion` is dropped; `metadata` must hold at least the name.
    pub fn new(key: Key, mut object: Value, fields: &[crate::Text]) -> Self {
        if let Some(meta) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            meta.shift_remove("resourceVersion");
        }
        let head = Head::read(&object, fields);
        let (value, splice) = serialize(&object, &key);
        Self { key, head, value, splice }
    }

    /// The object as published at `revision`.
    pub fn at(self, revision: Revision) -> Arc<Object> {
        let value = self.value.into();
        Arc::new(Object { key: self.key, head: self.head, revision, value, splice: self.splice })
    }

    /// Whether [`Draft::after`] may hold anything once: it is long enough.
    pub fn may_share(&self) -> bool {
        self.value.len() >= WORTH
    }

    /// The same, in place of `before`: what both have in common may be held once.
    pub fn after(self, before: &Object, revision: Revision) -> Arc<Object> {
        let value = Stored::after(self.value, self.splice as usize, &before.value);
        Arc::new(Object { key: self.key, head: self.head, revision, value, splice: self.splice })
    }
}

thread_local! {
    /// Where objects are written before they are stored in their own length.
    static SCRATCH: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// The most that stays reserved to write the next object in.
const SCRATCH_KEPT: usize = 64 << 10;

fn serialize(object: &Value, key: &Key) -> (Bytes, u32) {
    SCRATCH.with_borrow_mut(|out| {
        out.clear();
        let splice = write_object(out, object, key);
        let stored = Bytes::copy_from_slice(out);
        out.clear();
        out.shrink_to(SCRATCH_KEPT);
        (stored, u32::try_from(splice).unwrap_or(0))
    })
}

/// Appends `object`; returns where its metadata begins.
fn write_object(out: &mut Vec<u8>, object: &Value, key: &Key) -> usize {
    let empty = Map::new();
    let map = object.as_object().unwrap_or(&empty);
    out.push(b'{');
    for name in ["apiVersion", "kind"] {
        if let Some(value) = map.get(name) {
            write_member(out, name, value);
            out.push(b',');
        }
    }
    out.extend_from_slice(br#""metadata":{"#);
    let splice = out.len();
    let meta = map.get("metadata").and_then(Value::as_object).filter(|meta| !meta.is_empty());
    match meta {
        Some(meta) => write_members(out, meta.iter()),
        None => write_member(out, "name", &Value::from(&*key.name)),
    }
    out.push(b'}');
    for (name, value) in map.iter().filter(|(name, _)| !matches!(name.as_str(), "apiVersion" | "kind" | "metadata")) {
        out.push(b',');
        write_member(out, name, value);
    }
    out.push(b'}');
    splice
}

fn write_members<'a>(out: &mut Vec<u8>, members: impl Iterator<Item = (&'a String, &'a Value)>) {
    for (at, (name, value)) in members.enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write_member(out, name, value);
    }
}

fn write_member(out: &mut Vec<u8>, name: &str, value: &Value) {
    write_text(out, name);
    out.push(b':');
    write_value(out, value);
}

fn write_value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::String(text) => write_text(out, text),
        Value::Array(items) => {
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                write_value(out, item);
            }
            out.push(b']');
        }
        Value::Object(map) => {
            out.push(b'{');
            write_members(out, map.iter());
            out.push(b'}');
        }
        Value::Number(number) if number.is_f64() => write_float(out, number),
        // Writing into memory cannot fail.
        scalar => drop(serde_json::to_writer(out, scalar)),
    }
}

/// Where Go writes all digits, which whole numbers are read of, other notations are not used.
fn write_float(out: &mut Vec<u8>, number: &Number) {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    match number.as_f64() {
        Some(float) if float.abs() >= EXACT => out.extend_from_slice(json_number(float).as_bytes()),
        // Writing into memory cannot fail: numbers are finite.
        _ => drop(serde_json::to_writer(out, number)),
    }
}

/// Most texts have nothing to escape, which is seen faster of the whole than of each character.
fn write_text(out: &mut Vec<u8>, text: &str) {
    let plain = text.bytes().fold(true, |plain, byte| plain & (byte >= 0x20) & (byte != b'"') & (byte != b'\\'));
    if plain {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        // Writing into memory cannot fail.
        let _ = serde_json::to_writer(out, text);
    }
}

/// One revision of one object, shared by storage, LIST, every watcher and every World.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Where it is found.
    pub key: Key,
    /// Its parsed head.
    pub head: Head,
    /// The revision of the change that made it so; for a deletion, the deletion's.
    pub revision: Revision,
    /// Its JSON without `resourceVersion`.
    pub value: Stored,
    /// Offset in the first piece of `value` where the revision is spliced in.
    pub splice: u32,
}

impl Object {
    /// Appends the published JSON, with `resourceVersion`.
    pub fn write_to(&self, out: &mut Vec<u8>) {
        self.write_item("", out);
    }

    /// The same without its beginning where that is `head`, an open brace with the version and the kind that a list says for all
    /// its items.
    pub fn write_item(&self, head: &str, out: &mut Vec<u8>) {
        let [front, shared, back] = self.value.pieces();
        let (prefix, suffix) = front.split_at(self.splice as usize);
        let spared = self.spared(head);
        if spared > 0 {
            out.push(b'{');
        }
        out.extend_from_slice(prefix.get(spared..).unwrap_or_default());
        // What was made to be read alone has none. Writing into memory cannot fail.
        if self.revision != Revision::ZERO {
            let _ = write!(out, "\"resourceVersion\":\"{}\",", self.revision);
        }
        for piece in [suffix, shared, back] {
            out.extend_from_slice(piece);
        }
    }

    /// How many bytes [`Self::write_item`] appends.
    pub fn item_length(&self, head: &str) -> usize {
        let digits = self.revision.0.checked_ilog10().map(|log| log as usize + 1);
        let revision = digits.map_or(0, |digits| digits + r#""resourceVersion":"","#.len());
        self.value.len() + revision - self.spared(head).saturating_sub(1)
    }

    /// How much of the beginning is `head`: told from where the metadata begins, for a list does not look into all its objects
    /// before it writes them. Objects of one kind and version differ in nothing before that.
    fn spared(&self, head: &str) -> usize {
        let whole = head.len() + r#""metadata":{"#.len();
        if !head.is_empty() && self.splice as usize == whole { head.len() } else { 0 }
    }

    /// The published JSON, with `resourceVersion`.
    pub fn to_json(&self) -> Bytes {
        let mut out = Vec::with_capacity(self.value.len() + 40);
        self.write_to(&mut out);
        Bytes::from(out)
    }

    /// The published object, parsed.
    pub fn to_value(&self) -> Value {
        serde_json::from_slice(&self.to_json()).unwrap_or(Value::Null)
    }

    /// Lets `read` see the stored JSON without `managedFields`, which take much of it and which no view looks into.
    pub fn without_managers<R>(&self, read: impl FnOnce(&[u8]) -> R) -> R {
        let [front, shared, back] = self.value.pieces();
        let Some((from, to)) = managers(front, self.splice as usize) else { return read(&self.value.whole()) };
        SCRATCH.with_borrow_mut(|out| {
            out.clear();
            for piece in [&front[..from], &front[to..], shared, back] {
                out.extend_from_slice(piece);
            }
            let result = read(out);
            out.clear();
            out.shrink_to(SCRATCH_KEPT);
            result
        })
    }

    /// The newest time at which a manager of fields is noted to have written: for objects whose every write is noted, that
    /// of the last. `None` where no manager is noted.
    pub fn last_managed(&self) -> Option<Time> {
        #[derive(serde::Deserialize)]
        struct Entry {
            time: Option<Time>,
        }
        let [front, ..] = self.value.pieces();
        let (from, to) = managers(front, self.splice as usize)?;
        let entries: Vec<Entry> = serde_json::from_slice(front.get(from + MANAGERS.len() - 1..to)?).ok()?;
        entries.into_iter().filter_map(|entry| entry.time).max()
    }

    /// The same content published at `revision`: what a watcher sees of a deletion.
    pub fn republished(&self, revision: Revision) -> Arc<Self> {
        Arc::new(Self { revision, ..self.clone() })
    }
}

/// How a list of managers begins behind another member.
const MANAGERS: &[u8] = b",\"managedFields\":[";

/// Where in `json` the managers stand that are listed behind another member at `from` or later, with the comma before them.
/// Such bytes are in no text: there the quotes would be escaped.
fn managers(json: &[u8], from: usize) -> Option<(usize, usize)> {
    let begin = from + json.get(from..)?.windows(MANAGERS.len()).position(|bytes| bytes == MANAGERS)?;
    Some((begin, end_of_nest(json, begin + MANAGERS.len())?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_stored_reads_back_whatever_its_texts_hold() {
        let object = json!({"apiVersion": "v1", "kind": "K", "metadata": {"name": "x\"\\\n\u{1}é", "labels": {}},
            "a": [1, -2.5, true, null, "plain", "\t", {"": ["\u{7f}"]}, 18_446_744_073_709_551_615_u64]});
        let draft = Draft::new(Key::new("ks", "", "x"), object.clone(), &[]);
        assert_eq!(serde_json::from_slice::<Value>(&draft.value).unwrap(), object);
        assert_eq!(draft.value, object.to_string());
    }

    #[test]
    fn an_item_leaves_out_what_its_list_says() {
        let draft = Draft::new(Key::new("ks", "", "x"), json!({"apiVersion": "v1", "kind": "K", "metadata": {"name": "x"}}), &[]);
        let head = r#"{"apiVersion":"v1","kind":"K","#;
        for revision in [0, 9, 10] {
            let object = draft.clone().at(Revision(revision));
            let (whole, mut item) = (object.to_json(), Vec::new());
            object.write_item(head, &mut item);
            assert_eq!(item, [b"{", &whole[head.len()..]].concat());
            let lengths = [head, "", r#"{"kind":"#].map(|head| object.item_length(head));
            assert_eq!(lengths, [item.len(), whole.len(), whole.len()]);
        }
    }

    #[test]
    fn large_numbers_are_written_with_all_their_digits() {
        let object = json!({"kind": "K", "metadata": {"name": "x"}, "a": [1e20, -9_223_372_036_854_775_808.0, 1e21, 1.5, 1.0]});
        let written = Draft::new(Key::new("ks", "", "x"), object, &[]).value;
        let numbers = r#""a":[100000000000000000000,-9223372036854776000,1e+21,1.5,1.0]}"#;
        assert!(written.ends_with(numbers.as_bytes()), "{written:?}");
    }

    #[test]
    fn views_are_spared_the_managers() {
        let entry = json!({"manager": "m]\"[", "fieldsV1": {"f:a": {"k:{\"name\":\"x\"}": {}}}});
        let lists = [json!([entry, {}]), json!([])];
        for list in lists {
            let mut object = json!({"apiVersion": "v1", "kind": "K", "metadata": {"name": "x", "managedFields": list, "uid": "u"}, "a": ",\"managedFields\":["});
            let stored = Draft::new(Key::new("ks", "", "x"), object.clone(), &[]).at(Revision(1));
            object["metadata"].as_object_mut().unwrap().shift_remove("managedFields");
            assert_eq!(stored.without_managers(|json| serde_json::from_slice::<Value>(json).unwrap()), object);
            let bare = Draft::new(Key::new("ks", "", "x"), object.clone(), &[]).at(Revision(1));
            assert_eq!(bare.without_managers(|json| serde_json::from_slice::<Value>(json).unwrap()), object);
        }
    }

    #[test]
    fn the_last_write_is_that_of_the_newest_manager() {
        let of = |entries: Value| {
            let object =
                json!({"apiVersion": "v1", "kind": "K", "metadata": {"name": "x", "managedFields": entries, "uid": "u"}});
            Draft::new(Key::new("ks", "", "x"), object, &[]).at(Revision(1)).last_managed()
        };
        let entry = |time: &str| json!({"manager": "m", "fieldsV1": {"f:a": {"k:{\"name\":\"]\"}": {}}}, "time": time});
        let three = json!([entry("2026-01-01T00:00:01Z"), entry("2026-01-01T00:00:03Z"), {"manager": "n"}]);
        assert_eq!(of(three), Time::parse("2026-01-01T00:00:03Z"));
        assert_eq!([of(json!([])), of(json!([{"manager": "n"}])), of(Value::Null)], [None; 3]);
    }

    #[test]
    fn the_revision_is_spliced_into_the_stored_bytes() {
        let object = json!({"data": {"a": "1"}, "metadata": {"name": "x", "resourceVersion": "9"}, "kind": "ConfigMap", "apiVersion": "v1"});
        let draft = Draft::new(Key::new("configmaps", "default", "x"), object, &[]);
        assert_eq!(&draft.value[..], br#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"},"data":{"a":"1"}}"#);
        let published = draft.at(Revision(42)).to_json();
        assert_eq!(
            published,
            r#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"resourceVersion":"42","name":"x"},"data":{"a":"1"}}"#
        );
    }
}
