//! An object in the server: its JSON bytes plus a parsed head.

use std::cell::RefCell;
use std::io::Write;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::meta::{Head, Key, Revision};

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
        Arc::new(Object { key: self.key, head: self.head, revision, value: self.value, splice: self.splice })
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
    // Writing a `Value` into memory cannot fail: its keys are strings and its numbers finite.
    let _ = serde_json::to_writer(&mut *out, name);
    out.push(b':');
    let _ = serde_json::to_writer(&mut *out, value);
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
    pub value: Bytes,
    /// Offset in `value` where the revision is spliced in.
    pub splice: u32,
}

impl Object {
    /// The published JSON in three parts: what precedes the revision, the spliced
    /// `"resourceVersion":"N",`, what follows. The first and last share the stored bytes.
    pub fn parts(&self) -> (Bytes, String, Bytes) {
        let at = self.splice as usize;
        (self.value.slice(..at), format!("\"resourceVersion\":\"{}\",", self.revision), self.value.slice(at..))
    }

    /// Appends the published JSON, with `resourceVersion`.
    pub fn write_to(&self, out: &mut Vec<u8>) {
        let at = self.splice as usize;
        out.extend_from_slice(&self.value[..at]);
        // Writing into memory cannot fail.
        let _ = write!(out, "\"resourceVersion\":\"{}\",", self.revision);
        out.extend_from_slice(&self.value[at..]);
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

    /// The same content published at `revision`: what a watcher sees of a deletion.
    pub fn republished(&self, revision: Revision) -> Arc<Self> {
        Arc::new(Self { revision, ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_revision_is_spliced_into_the_stored_bytes() {
        let object = json!({"data": {"a": "1"}, "metadata": {"name": "x", "resourceVersion": "9"}, "kind": "ConfigMap", "apiVersion": "v1"});
        let draft = Draft::new(Key::new("configmaps", "default", "x"), object, &[]);
        assert_eq!(&draft.value[..], br#"{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"x"},"data":{"a":"1"}}"#);
        let published = draft.at(Revision(42));
        let (prefix, digits, suffix) = published.parts();
        assert_eq!([&prefix[..], digits.as_bytes(), &suffix[..]].concat(), published.to_json());
        assert_eq!(published.to_value()["metadata"]["resourceVersion"], "42");
    }
}
