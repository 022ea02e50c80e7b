//! Who manages the replicas of an object, seen through its `scale` subresource.

use serde_json::{Map, Value};

use super::Path;
use super::entries::Entries;
use super::entry::Entry;
use super::set::Set;

/// The version of `Scale`.
const SCALE: &str = "autoscaling/v1";

/// Where the number of replicas is, by version of the object; `None` for a version that has none.
pub type Replicas<'a> = &'a dyn Fn(&str) -> Option<Path>;

fn in_scale() -> Path {
    Path::of_fields(&["spec", "replicas"])
}

/// `metadata.managedFields` of the Scale of `parent`: whoever owns its replicas. Absent where nobody does.
pub fn to_scale(parent: &Value, replicas: Replicas<'_>) -> Option<Value> {
    let mut entries = Entries::of(parent);
    entries.0.retain_mut(|entry| {
        let owns = replicas(&entry.api_version).is_some_and(|path| entry.set().has(&path.0));
        *entry.set() = Set::of(&[in_scale()]);
        entry.api_version = SCALE.to_owned();
        owns
    });
    let mut scale = Value::Object(Map::from_iter([("metadata".to_owned(), Value::Object(Map::new()))]));
    entries.write(&mut scale);
    scale.get_mut("metadata")?.as_object_mut()?.shift_remove("managedFields")
}

/// Carries what changed in `scale` back to `parent`: who no longer owns the replicas of the Scale loses them,
/// and who is new gets an entry in `api_version`, as upstream's without a time.
pub fn scale_to_parent(parent: &mut Value, scale: &Value, api_version: &str, replicas: Replicas<'_>) {
    let mut owners = Entries::of(scale);
    owners.0.retain_mut(|owner| owner.set().has(&in_scale().0));
    let mut entries = Entries::of(parent);
    entries.0.retain_mut(|entry| {
        let Some(path) = replicas(&entry.api_version) else { return true };
        if !entry.set().has(&path.0) {
            return true;
        }
        match owners.0.iter().position(|owner| is_of(owner, entry)) {
            Some(at) => drop(owners.0.swap_remove(at)),
            None => *entry.set() = entry.set().difference(&Set::of(&[path])),
        }
        !entry.is_empty()
    });
    if let Some(path) = replicas(api_version) {
        for owner in owners.0 {
            add(&mut entries, owner, api_version, &path);
        }
    }
    entries.write(parent);
}

/// The versions differ: a Scale has its own.
fn is_of(owner: &Entry, entry: &Entry) -> bool {
    (&owner.manager, owner.operation, &owner.subresource) == (&entry.manager, entry.operation, &entry.subresource)
}

fn add(entries: &mut Entries, owner: Entry, api_version: &str, path: &Path) {
    let set = Set::of(std::slice::from_ref(path));
    let mut entry = Entry::new(&owner.manager, owner.operation, api_version, &owner.subresource, set);
    if let Some(mut known) = entries.take_same(&entry) {
        entry.set().add(known.set());
        entry.time = known.time;
    }
    entries.0.push(entry);
}
