//! Keeps `metadata.managedFields` true.

use serde_json::Value;

use super::brand_new::fields_of_new;
use super::cap::cap;
use super::changes::Changes;
use super::entries::Entries;
use super::entry::{Entry, Operation};
use super::reconcile::reconciled;
use super::zero::zero;
use super::{Set, Versions};
use crate::time::Time;

/// Who writes without a name.
const UNKNOWN: &str = "unknown";

/// Fields that a path of the API never changes, whatever is sent to it: nobody comes to own them there.
#[derive(Clone, Debug)]
pub enum Reset {
    /// These, and what lies below them.
    These(Set),
    /// All but these and what lies below them.
    AllBut(Set),
}

impl Default for Reset {
    fn default() -> Self {
        Self::These(Set::default())
    }
}

impl Reset {
    pub(super) fn apply(&self, mut set: Set) -> Set {
        match self {
            Self::These(reset) => {
                set.cut_all(reset);
                set
            }
            Self::AllBut(kept) => set.only_below(kept),
        }
    }
}

/// One write, as far as the management of fields is concerned. Objects are of the version `api_version`.
pub struct Tracker<'a> {
    /// The versions of the kind.
    pub versions: &'a dyn Versions,
    /// The version that is written.
    pub api_version: &'a str,
    /// The subresource that is written; empty for the object itself.
    pub subresource: &'a str,
    /// Who writes.
    pub manager: &'a str,
    /// When.
    pub now: Time,
    /// What cannot be written here.
    pub reset: Reset,
}

impl Tracker<'_> {
    /// Notes in `new` that its fields belong to the manager, who creates it.
    pub fn created(&self, new: &mut Value) {
        let mut entries = Entries::take(new, &Value::Null, false, self.now);
        if let Some(schema) = self.versions.schema(self.api_version) {
            match &self.reset {
                Reset::These(reset) if entries.0.is_empty() => {
                    let fields = fields_of_new(schema, &zero(schema), new, reset);
                    entries.0.push(self.writer(Some(self.now.seconds())).owning(fields));
                }
                _ => self.note(&mut entries, &zero(schema), new, self.manager),
            }
        }
        entries.write(new);
    }

    /// The manager's entry, which owns nothing yet.
    fn writer(&self, time: Option<String>) -> Entry {
        let mut entry = Entry::new(name(self.manager), Operation::Update, self.api_version, self.subresource, Set::default());
        entry.time = time;
        entry
    }

    /// Notes in `new` that what differs from `old` belongs to the manager. An object whose fields nobody
    /// manages stays so until somebody applies to it.
    pub fn updated(&self, old: &Value, new: &mut Value) {
        let mut entries = Entries::take(new, old, !self.subresource.is_empty(), self.now);
        if !entries.0.is_empty() {
            self.note(&mut entries, old, new, self.manager);
        }
        entries.write(new);
    }

    /// Notes that `manager` wrote what differs between `old` and `new`, and that the others no longer own it.
    pub(super) fn note(&self, entries: &mut Entries, old: &Value, new: &Value, manager: &str) {
        let mut changes = Changes::new(self, old, new);
        let Some(own) = changes.compare(self.api_version) else { return };
        if self.versions.may_change() {
            entries.0.retain_mut(|entry| reconciled(self.versions, entry));
        }
        let mut writer = Entry::new(name(manager), Operation::Update, self.api_version, self.subresource, Set::default());
        let now = self.now.seconds();
        let mut noted = own.written.is_empty();
        entries.0.retain_mut(|entry| {
            if !noted && entry.is_same(&writer) && entry.covers(&own) {
                noted = true;
                entry.time = Some(now.clone());
                return true;
            }
            let change = if entry.api_version == self.api_version { Some(&own) } else { changes.of(&entry.api_version) };
            let Some(change) = change else { return false };
            if entry.is_touched(change) {
                reconciled(self.versions, entry);
                *entry.set() = entry.set().difference(&change.written).difference(&change.removed);
            }
            !entry.is_empty()
        });
        if !noted {
            *writer.set() = if own.removed.is_empty() { own.written } else { own.written.difference(&own.removed) };
            if let Some(mut known) = entries.take_same(&writer) {
                writer.set().add(known.set());
            }
            writer.time = Some(now);
            entries.0.push(writer);
        }
        cap(entries);
    }
}

/// The manager's name, or that of nobody in particular.
pub(super) const fn name(manager: &str) -> &str {
    if manager.is_empty() { UNKNOWN } else { manager }
}
