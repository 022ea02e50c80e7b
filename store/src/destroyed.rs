//! Values whose keys were destroyed.

use std::sync::Arc;

use kontiki_api::meta::{Head, Key, Revision};
use kontiki_api::object::{Draft, Object};
use serde_json::{Value, json};

use crate::{Change, Op};

/// Notes of what was destroyed. Writing one destroys.
const COLLECTION: &str = "destroyed.kontiki";
const API_VERSION: &str = "history.kontiki.io/v1";
const KIND: &str = "Destroyed";

/// A change that destroys the keys of all sealed values of `key` with revisions below `below`, on every member. What it
/// reads as from then on is told by [`is_destroyed`].
pub fn destroy(key: &Key, below: Revision) -> Change {
    let note = note_of(key);
    let object = json!({
        "apiVersion": API_VERSION, "kind": "Destruction", "metadata": {"name": &*note.name, "namespace": &*note.namespace},
        "spec": {"resource": key.resource.as_str(), "name": &*key.name, "below": below.0},
    });
    Change { key: note.clone(), op: Op::Put(Draft::new(note, object, &[])), sealed: false, history: false }
}

/// Whether `object` only stands for one whose value cannot be opened any more.
pub fn is_destroyed(object: &Object) -> bool {
    let begin = format!(r#"{{"apiVersion":"{API_VERSION}","kind":"{KIND}","#);
    object.value.pieces()[0].starts_with(begin.as_bytes())
}

/// Where it is noted what of `key` was destroyed.
pub(crate) fn note_of(key: &Key) -> Key {
    Key::new(COLLECTION, key.namespace.clone(), format!("{}.{}", key.name, key.resource.as_str()))
}

/// What the object `note` destroys: sealed values of this key below this revision. `None` where it is no such note.
pub(crate) fn destruction(note: &Object) -> Option<(Key, Revision)> {
    if note.key.resource.as_str() != COLLECTION {
        return None;
    }
    let spec = note.to_value().get("spec")?.clone();
    let text = |name: &str| spec.get(name).and_then(Value::as_str);
    let key = Key::new(text("resource")?, note.key.namespace.clone(), text("name")?);
    Some((key, Revision(spec.get("below")?.as_u64()?)))
}

/// What stands for an object once its key is destroyed: the head stays, the value says why it is gone.
pub(crate) fn stand_in(key: Key, head: Head) -> Draft {
    let value = json!({
        "apiVersion": API_VERSION, "kind": KIND, "metadata": {"name": &*key.name, "namespace": &*key.namespace, "uid": &*head.uid},
        "message": "the key of this value was destroyed",
    });
    Draft { head, ..Draft::new(key, value, &[]) }
}

/// `object`, or what stands for it where `note` says that its key is destroyed.
pub(crate) fn veiled(object: Arc<Object>, note: Option<&Object>) -> Arc<Object> {
    let below = note.and_then(destruction).map(|(_, below)| below);
    if below.is_none_or(|below| object.revision >= below) {
        return object;
    }
    let Object { key, head, revision, .. } = Object::clone(&object);
    stand_in(key, head).at(revision)
}
