//! All entries of `metadata.managedFields`.

use serde_json::{Map, Value};

use super::entry::{Entry, EntryError, Operation};
use crate::kind::validate::Distinct;
use crate::time::Time;

const FIELD: &str = "managedFields";

/// All entries of one object.
#[derive(Clone, Debug, Default)]
pub(super) struct Entries(pub Vec<Entry>);

impl Entries {
    /// The entries of a stored object.
    pub fn of(object: &Value) -> Self {
        list_of(object).and_then(|list| Self::read(list.clone(), false).ok()).unwrap_or_default()
    }

    /// Takes the entries out of `new`: the client's own where it sent any that can be read, else those of `old`.
    /// An empty list, or a list of one empty entry, asks for none at all. Nobody has written later than `now`, whatever a client says.
    pub fn take(new: &mut Value, old: &Value, only_old: bool, now: Time) -> Self {
        let sent = meta_of(new).and_then(|meta| meta.shift_remove(FIELD));
        let known = list_of(old);
        match sent {
            Some(Value::Array(sent)) if !only_old => match known {
                Some(known) if *known == sent => Self::read(sent, false).unwrap_or_default(),
                _ if asks_for_none(&sent) => Self::default(),
                _ => Self::read(sent, true).map_or_else(|_| Self::of(old), |sent| sent.until(now)),
            },
            _ => Self::of(old),
        }
    }

    fn until(mut self, now: Time) -> Self {
        let is_later = |time: &String| Time::parse(time).is_none_or(|time| time > now);
        for entry in &mut self.0 {
            if entry.time.as_ref().is_some_and(is_later) {
                entry.time = Some(now.seconds());
            }
        }
        self
    }

    fn read(list: Vec<Value>, check: bool) -> Result<Self, EntryError> {
        let mut entries = list.into_iter().map(|json| Entry::read(json, check)).collect::<Result<Vec<_>, _>>()?;
        if check {
            // Of several of one manager the last.
            let mut known = Distinct::default();
            let mut later: Vec<bool> = entries.iter().rev().map(|entry| known.repeats(entry.identity())).collect();
            drop(known);
            entries.retain(|_| later.pop() == Some(false));
        }
        Ok(Self(entries))
    }

    /// Puts the entries into `object`, in upstream's order; none at all leave no field.
    pub fn write(mut self, object: &mut Value) {
        let Some(meta) = meta_of(object) else { return };
        meta.shift_remove(FIELD);
        self.0.retain(|entry| !entry.is_empty());
        if self.0.is_empty() {
            return;
        }
        self.0.sort_by(|a, b| {
            let of_a = (a.operation, &a.time, &a.manager, &a.api_version, &a.subresource);
            of_a.cmp(&(b.operation, &b.time, &b.manager, &b.api_version, &b.subresource))
        });
        let list = self.0.into_iter().map(Entry::into_json).collect();
        meta.insert(FIELD.into(), Value::Array(list));
    }

    /// Takes out the entry that is the same manager's as `entry`.
    pub fn take_same(&mut self, entry: &Entry) -> Option<Entry> {
        let at = self.0.iter().position(|known| known.is_same(entry))?;
        Some(self.0.remove(at))
    }

    /// How many are no appliers'.
    pub fn updaters(&self) -> usize {
        self.0.iter().filter(|entry| entry.operation == Operation::Update).count()
    }
}

fn meta_of(object: &mut Value) -> Option<&mut Map<String, Value>> {
    object.get_mut("metadata").and_then(Value::as_object_mut)
}

fn list_of(object: &Value) -> Option<&Vec<Value>> {
    object.get("metadata")?.get(FIELD)?.as_array()
}

fn asks_for_none(sent: &[Value]) -> bool {
    match sent {
        [] => true,
        [only] => only.as_object().is_some_and(Map::is_empty),
        _ => false,
    }
}
