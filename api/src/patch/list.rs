//! How lists merge in a strategic merge patch.

use std::collections::{HashMap, HashSet};

use serde_json::{Map, Value};

use super::PatchError;
use super::directive::{self, Directive};
use super::strategic::merge_maps;
use crate::go;
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
        let (mut wanted, mut gone) = (Vec::new(), HashSet::new());
        let mut replace = false;
        for item in patch {
            let Value::Object(mut item) = item else {
                return Err(PatchError::Strategic(format!("an item of a list merged by {key:?} is not an object: {item}")));
            };
            match directive::take(&mut item)? {
                Directive::Merge => wanted.push(item),
                // Upstream takes nothing else from such an item.
                Directive::Replace => replace = true,
                Directive::Delete => drop(gone.insert(key_of(&item, key)?.to_string())),
            }
        }
        if replace {
            return Ok(Outcome::Replaced(wanted.into_iter().map(Value::Object).collect()));
        }
        merged.retain(|item| item.get(key).is_none_or(|value| !gone.contains(&value.to_string())));
        let mut order = Vec::with_capacity(wanted.len());
        let mut places = self.places(&merged);
        for item in wanted {
            let value = key_of(&item, key)?;
            order.push(identity(key, value));
            let place = *places.entry(value.to_string()).or_insert(merged.len());
            self.item(&mut merged, place, item)?;
        }
        Ok(Outcome::Merged { merged, order })
    }

    fn item(&self, merged: &mut Vec<Value>, place: usize, patch: Map<String, Value>) -> Result<(), PatchError> {
        match merged.get_mut(place) {
            Some(slot) => {
                let Value::Object(old) = slot.take() else { return Ok(()) };
                *slot = Value::Object(merge_maps(Some(self.items), old, patch)?);
            }
            None => merged.push(Value::Object(patch)),
        }
        Ok(())
    }

    /// Puts the items that `order` names in its order, the others as they stood in `before`. Where both orders
    /// allow a choice, named items come first.
    pub(super) fn arrange(&self, merged: Vec<Value>, order: &[Value], before: &[Value]) -> Vec<Value> {
        let (order, before) = (self.places(order), self.places(before));
        let rank = |places: &Places, item: &Value| self.text_of(item).and_then(|text| places.get(&text).copied());
        let (mut named, mut others) = (Vec::new(), Vec::new());
        for item in merged {
            let place = rank(&before, &item);
            match rank(&order, &item) {
                Some(rank) => named.push((rank, place, item)),
                None => others.push((place, item)),
            }
        }
        named.sort_by_key(|(rank, ..)| *rank);
        others.sort_by_key(|(place, _)| place.unwrap_or(usize::MAX));
        let mut arranged = Vec::with_capacity(named.len() + others.len());
        let mut others = others.into_iter().peekable();
        for (_, place, item) in named {
            while let Some((_, other)) = others.next_if(|(other, _)| place.is_some() && other.is_some() && *other < place) {
                arranged.push(other);
            }
            arranged.push(item);
        }
        arranged.extend(others.map(|(_, item)| item));
        arranged
    }

    /// Where the first item of each identity stands.
    fn places(&self, list: &[Value]) -> Places {
        let mut places = Places::with_capacity(list.len());
        for (at, text) in list.iter().enumerate().filter_map(|(at, item)| Some((at, self.text_of(item)?))) {
            places.entry(text).or_insert(at);
        }
        places
    }

    /// What tells `item` apart, as text; `None` where nothing does.
    fn text_of(&self, item: &Value) -> Option<String> {
        self.key.map_or(Some(item), |key| item.get(key)).map(Value::to_string)
    }

    /// Whether both stand for the same item.
    pub(super) fn same(&self, a: &Value, b: &Value) -> bool {
        match self.key {
            None => a == b,
            Some(key) => a.get(key).is_some() && a.get(key) == b.get(key),
        }
    }
}

/// Places in a list, by what tells the items apart.
type Places = HashMap<String, usize>;

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
        let shown = go::printed(&Value::Object(item.clone()));
        PatchError::Strategic(format!("map: {shown} does not contain declared merge key: {key}"))
    })
}

fn union(current: &[Value], patch: &[Value]) -> Vec<Value> {
    let mut known = HashSet::with_capacity(current.len());
    current.iter().chain(patch).filter(|item| known.insert(item.to_string())).cloned().collect()
}
