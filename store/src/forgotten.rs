//! Collections whose past is kept for the watch window only, as whoever runs the cluster says.

use kontiki_api::meta::{Key, Resource};
use kontiki_api::object::Draft;
use serde_json::json;

use crate::{Change, Op, Range, Store};

/// Notes of what is forgotten: one object for each collection. They are part of the log, so that all members decide alike.
const COLLECTION: &str = "forgotten.kontiki";

/// A change from which on the past of `resource` is kept for the watch window only. What was kept before stays for as long
/// as it would have.
pub fn forget(resource: &Resource) -> Change {
    let note = note_of(resource);
    let object = json!({"apiVersion": "history.kontiki.io/v1", "kind": "Forgotten", "metadata": {"name": &*note.name}});
    Change { key: note.clone(), op: Op::Put(Draft::new(note, object, &[])), sealed: false, history: true }
}

/// A change from which on the past of `resource` is kept again; `None` where it is not forgotten.
pub fn remember(store: &dyn Store, resource: &Resource) -> Option<Change> {
    let key = note_of(resource);
    store.get(&key).map(|_| Change { key, op: Op::Delete(None), sealed: false, history: true })
}

/// The collections that are forgotten.
pub fn forgotten(store: &dyn Store) -> Vec<Resource> {
    let notes = store.list(&Range::Resource(COLLECTION.into())).objects;
    notes.iter().map(|note| Resource::from(&*note.key.name)).collect()
}

/// Where it is noted that `resource` is forgotten.
pub(crate) fn note_of(resource: &Resource) -> Key {
    Key::new(COLLECTION, "", resource.as_str())
}
