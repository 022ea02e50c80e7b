//! Takes out what an applier gives up.

use serde_json::Value;

use super::Set;
use super::entries::Entries;
use super::entry::Entry;
use super::field_set::field_set;
use super::named::with_named;
use super::remove::remove;
use super::versions::Versions;

/// `merged` without the fields that `last` (the applier's entry before) had, that the applier no longer
/// applies and that nobody else owns. `entries` hold the applier's new entry.
pub(super) fn prune(versions: &dyn Versions, api_version: &str, merged: Value, entries: &mut Entries, last: &mut Entry) -> Value {
    if last.api_version == api_version && gives_up_nothing(entries, last) {
        return merged;
    }
    pruned(versions, api_version, &merged, entries, last).filter(Value::is_object).unwrap_or(merged)
}

fn gives_up_nothing(entries: &mut Entries, last: &mut Entry) -> bool {
    let new = entries.0.iter_mut().find(|entry| entry.is_same(last));
    new.is_some_and(|new| last.set().difference(new.set()).is_empty())
}

/// `None` where the applier's last version is no longer served.
fn pruned(versions: &dyn Versions, api_version: &str, merged: &Value, entries: &mut Entries, last: &mut Entry) -> Option<Value> {
    let schema = versions.schema(&last.api_version)?;
    let merged = versions.convert(merged, &last.api_version)?;
    let given_up = with_named(schema, last.set());
    let without = remove(schema, merged.clone().into_owned(), &given_up);
    let kept = add_back_owned(versions, &last.api_version, &merged, without, entries);
    let kept = versions.convert(&kept, &last.api_version)?;
    let fields = |object: &Value| with_named(schema, &field_set(schema, object));
    let gone = fields(&merged).difference(&fields(&kept)).intersection(&given_up);
    let pruned = remove(schema, merged.into_owned(), &gone);
    Some(versions.convert(&pruned, api_version)?.into_owned())
}

/// Puts back what anybody owns, version by version, beginning with the one that was pruned.
fn add_back_owned(versions: &dyn Versions, first: &str, merged: &Value, without: Value, entries: &mut Entries) -> Value {
    let mut owned: Vec<(String, Set)> = vec![(first.to_owned(), Set::default())];
    for entry in &mut entries.0 {
        let version = entry.api_version.clone();
        match owned.iter_mut().find(|(known, _)| *known == version) {
            Some((_, set)) => set.add(entry.set()),
            None => owned.push((version, entry.set().clone())),
        }
    }
    let mut kept = without;
    for (version, set) in &owned {
        if let Some(next) = add_back(versions, version, merged, &kept, set) {
            kept = next;
        }
    }
    kept
}

fn add_back(versions: &dyn Versions, version: &str, merged: &Value, kept: &Value, owned: &Set) -> Option<Value> {
    let schema = versions.schema(version)?;
    let (merged, kept) = (versions.convert(merged, version)?, versions.convert(kept, version)?);
    let mut stays = with_named(schema, &field_set(schema, &kept));
    stays.add(&with_named(schema, owned));
    let gone = with_named(schema, &field_set(schema, &merged)).difference(&stays);
    Some(remove(schema, merged.into_owned(), &gone))
}
