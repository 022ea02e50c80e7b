//! How lists merge in a strategic merge patch.

use serde_json::{Map, Value};

use super::PatchError;
use super::directive::{self, Directive};
use super::strategic::{fresh, merge_maps};
use crate::schema::Schema;

/// How the items of one list are told apart and merged.
#[derive(Clone, Copy)]
pub(super) struct Merge<'a> {
    /// What an item may be.
    pub items: &'a Schema,
    /// The field that tells items apart; without one the items are scalars and stand for themselves.
    pub key: Option<&'a str>,
}

impl Merge<'_> {
    /// `current` changed by `patch`: items new in the patch come before those that only the server has.
    pub(super) fn lists(&self, current: Vec<Value>, patch: Vec<Value>) -> Result<Vec<Value>, PatchError> {
        let (merged, order) = match self.key {
            None => (union(&current, &patch), patch),
            Some(key) => match self.items(current.clone(), patch, key)? {
                Outcome::Replaced(items) => return Ok(items),
                Outcome::Merged { merged, order } => (merged, order),
            },
        };
        Ok(self.arrange(merged, &order, &current))
    }

    fn items(&self, mut merged: Vec<Value>, patch: Vec<Value>, key: &str) -> Result<Outcome, PatchError> {
        let mut wanted = Vec::new();
        let mut replace = false;
        for item in patch {
            let Value::Object(mut item) = item else {
                return Err(PatchError::Strategic(format!("an item of a list merged by {key:?} is not an object: {item}")));
            };
            match directive::take(&mut item)? {
                Directive::Merge => wanted.push(item),
                Directive::Replace => {
                    replace = true;
                    if !item.is_empty() {
                        wanted.push(item);
                    }
                }
                Directive::Delete => {
                    let gone = key_of(&item, key)?;
                    merged.retain(|item| item.get(key) != Some(gone));
                }
            }
        }
        if replace {
            merged.clear();
        }
        let mut order = Vec::with_capacity(wanted.len());
        for item in wanted {
            order.push(identity(key, key_of(&item, key)?));
            self.item(&mut merged, item, key)?;
        }
        Ok(if replace { Outcome::Replaced(merged) } else { Outcome::Merged { merged, order } })
    }

    fn item(&self, merged: &mut Vec<Value>, patch: Map<String, Value>, key: &str) -> Result<(), PatchError> {
        let found = merged.iter_mut().find(|item| item.get(key).is_some() && item.get(key) == patch.get(key));
        match found {
            Some(slot) => {
                let Value::Object(old) = slot.take() else { return Ok(()) };
                *slot = Value::Object(merge_maps(Some(self.items), old, patch)?);
            }
            None => merged.push(fresh(Some(self.items), Value::Object(patch))?),
        }
        Ok(())
    }

    /// Puts the items that `order` names in its order, the others as they stood in `before`. Where both orders
    /// allow a choice, named items come first.
    pub(super) fn arrange(&self, merged: Vec<Value>, order: &[Value], before: &[Value]) -> Vec<Value> {
        let rank = |list: &[Value], item: &Value| list.iter().position(|other| self.same(other, item));
        let (mut named, mut others): (Vec<_>, Vec<_>) = merged.into_iter().partition(|item| rank(order, item).is_some());
        named.sort_by_key(|item| rank(order, item));
        others.sort_by_key(|item| rank(before, item).unwrap_or(usize::MAX));
        let mut arranged = Vec::with_capacity(named.len() + others.len());
        let mut others = others.into_iter().peekable();
        for item in named {
            let place = rank(before, &item);
            while let Some(other) =
                others.next_if(|other| place.is_some() && rank(before, other) < place && rank(before, other).is_some())
            {
                arranged.push(other);
            }
            arranged.push(item);
        }
        arranged.extend(others);
        arranged
    }

    /// Whether both stand for the same item.
    pub(super) fn same(&self, a: &Value, b: &Value) -> bool {
        match self.key {
            None => a == b,
            Some(key) => a.get(key).is_some() && a.get(key) == b.get(key),
        }
    }
}

enum Outcome {
    Replaced(Vec<Value>),
    Merged { merged: Vec<Value>, order: Vec<Value> },
}

/// The part of an item that tells it apart.
pub(super) fn identity(key: &str, value: &Value) -> Value {
    Value::Object(Map::from_iter([(key.to_owned(), value.clone())]))
}

fn key_of<'a>(item: &'a Map<String, Value>, key: &str) -> Result<&'a Value, PatchError> {
    item.get(key).ok_or_else(|| {
        let shown = Value::Object(item.clone());
        PatchError::Strategic(format!("map: {shown} does not contain declared merge key: {key}"))
    })
}

fn union(current: &[Value], patch: &[Value]) -> Vec<Value> {
    let mut merged: Vec<Value> = Vec::with_capacity(current.len() + patch.len());
    for item in current.iter().chain(patch) {
        if !merged.contains(item) {
            merged.push(item.clone());
        }
    }
    merged
}
