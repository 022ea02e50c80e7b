//! Applies a configuration to an object.

use serde_json::{Map, Value};

use super::change::strip;
use super::changes::Changes;
use super::check::check;
use super::conflict::Conflict;
use super::entries::Entries;
use super::entry::{Entry, Operation};
use super::field_set::field_set;
use super::last_applied::{KUBECTL, keep_annotation, owned_by_client_side_apply};
use super::merge::merge;
use super::prune::prune;
use super::reconcile::reconciled;
use super::tracker::name;
use super::zero::zero;
use super::{ApplyError, Set, Tracker};
use crate::schema::Schema;

/// Who owns what an object had before it was first applied.
const BEFORE_FIRST_APPLY: &str = "before-first-apply";

impl Tracker<'_> {
    /// `live` with `config` applied; `live` is `None` where there is no object yet.
    ///
    /// # Errors
    /// Where `config` does not fit its schema, or would change what others own and `force` is not set.
    pub fn applied(&self, live: Option<&Value>, config: &Value, force: bool) -> Result<Value, ApplyError> {
        if config.pointer("/metadata/managedFields").is_some_and(|entries| !entries.is_null()) {
            return Err(ApplyError::ManagedFields);
        }
        let no_schema = || ApplyError::NoSchema(self.api_version.to_owned());
        let schema = self.versions.schema(self.api_version).ok_or_else(no_schema)?;
        let faults = check(schema, config);
        if !faults.is_empty() {
            return Err(ApplyError::Schema { subject: subject(config), faults });
        }
        let nothing = Value::Object(Map::new());
        let live = live.unwrap_or(&nothing);
        let mut applied = match self.apply(schema, live, config, force) {
            Err(ApplyError::Conflicts(conflicts)) if self.manager == KUBECTL => {
                let allowed = owned_by_client_side_apply(schema, self.api_version, live);
                let conflicts = without(conflicts, &allowed);
                if !conflicts.is_empty() {
                    return Err(ApplyError::Conflicts(conflicts));
                }
                self.apply(schema, live, config, true)?
            }
            other => other?,
        };
        if self.manager == KUBECTL {
            keep_annotation(&mut applied, config);
        }
        Ok(applied)
    }

    fn apply(&self, schema: &Schema, live: &Value, config: &Value, force: bool) -> Result<Value, ApplyError> {
        let mut entries = Entries::of(live);
        if entries.0.is_empty() && live.get("metadata").is_some() {
            self.note(&mut entries, &zero(schema), live, BEFORE_FIRST_APPLY);
        }
        // Those whose version is gone are forgotten.
        entries.0.retain_mut(|entry| reconciled(self.versions, entry));
        let set = self.reset.apply(field_set(schema, config));
        let own = Entry::new(name(self.manager), Operation::Apply, self.api_version, self.subresource, set);
        let last = entries.take_same(&own);
        let before = last.as_ref().and_then(|last| last.time.clone());
        entries.0.push(own);
        let mut new = merge(schema, live, config);
        if let Some(meta) = new.get_mut("metadata").and_then(Value::as_object_mut) {
            meta.shift_remove("managedFields");
        }
        if let Some(mut last) = last {
            new = prune(self.versions, self.api_version, new, &mut entries, &mut last);
        }
        let own = entries.0.pop();
        self.take_over(&mut entries, live, &new, force)?;
        if let Some(mut own) = own {
            strip(own.set());
            // As upstream: who applies what is there already has done nothing that has a time.
            own.time = if same_values(live, &new) { before } else { Some(self.now.seconds()) };
            entries.0.push(own);
        }
        entries.write(&mut new);
        Ok(new)
    }

    /// Takes what `new` changes away from the others.
    ///
    /// # Errors
    /// Where there is anything to take and `force` is not set.
    fn take_over(&self, entries: &mut Entries, live: &Value, new: &Value, force: bool) -> Result<(), ApplyError> {
        let mut changes = Changes::new(self, live, new);
        let mut conflicts = Vec::new();
        entries.0.retain_mut(|entry| {
            let Some(change) = changes.of(&entry.api_version) else { return false };
            let conflict = entry.set().intersection(&change.written);
            if !conflict.is_empty() {
                conflicts.push(Conflict::new(entry, conflict));
            }
            *entry.set() = entry.set().difference(&change.written).difference(&change.removed);
            !entry.is_empty()
        });
        if force || conflicts.is_empty() {
            return Ok(());
        }
        conflicts.sort_by(|a, b| a.identifier.cmp(&b.identifier));
        Err(ApplyError::Conflicts(conflicts))
    }
}

/// Whether both objects are the same but for who manages their fields.
fn same_values(live: &Value, new: &Value) -> bool {
    let (Some(live), Some(new)) = (live.as_object(), new.as_object()) else { return live == new };
    let rest = |object: &Map<String, Value>| object.len() - usize::from(object.contains_key("metadata"));
    let same_rest =
        rest(live) == rest(new) && live.iter().all(|(name, value)| name == "metadata" || new.get(name) == Some(value));
    same_rest && managed_apart(live) == managed_apart(new)
}

/// The metadata without the managers.
fn managed_apart(object: &Map<String, Value>) -> Option<Map<String, Value>> {
    let mut meta = object.get("metadata")?.as_object()?.clone();
    meta.shift_remove("managedFields");
    Some(meta)
}

/// The object as upstream's refusals name it.
fn subject(config: &Value) -> String {
    let text = |pointer: &str| config.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (namespace, name) = (text("/metadata/namespace"), text("/metadata/name"));
    let api_version = text("/apiVersion");
    let slash = if api_version.contains('/') { "" } else { "/" };
    format!("{namespace}/{name}; {slash}{api_version}, Kind={}", text("/kind"))
}

/// The conflicts about other fields than those in `allowed`.
fn without(conflicts: Vec<Conflict>, allowed: &Set) -> Vec<Conflict> {
    let left = conflicts.into_iter().map(|conflict| Conflict { set: conflict.set.difference(allowed), ..conflict });
    left.filter(|conflict| !conflict.set.is_empty()).collect()
}
