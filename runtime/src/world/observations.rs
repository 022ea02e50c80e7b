//! The last observation per key, of each observed kind.

use std::any::{Any, TypeId};
use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::World;
use crate::observe::{Observation, Observed};

/// Which keys of one observed kind changed.
pub struct ObservedDelta {
    pub(super) kind: TypeId,
    pub(super) keys: Vec<Box<dyn Any + Send>>,
}

impl ObservedDelta {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The changed keys of `O`; none where the delta is of another kind.
    pub fn keys<O: Observed>(&self) -> impl Iterator<Item = &O::Key> {
        self.keys.iter().filter_map(|key| key.downcast_ref())
    }
}

/// An observation of unknown kind.
pub trait AnyObservation: Send {
    /// Takes it into `world`; says what changed.
    fn apply(self: Box<Self>, world: &mut World) -> ObservedDelta;
    /// As recordings write it.
    fn to_json(&self) -> Value;
}

impl<O: Observed> AnyObservation for Observation<O> {
    fn apply(self: Box<Self>, world: &mut World) -> ObservedDelta {
        world.observe(*self)
    }

    fn to_json(&self) -> Value {
        match self {
            Self::Seen(key, state) => json!({"kind": O::NAME, "seen": [key, state]}),
            Self::Gone(key) => json!({"kind": O::NAME, "gone": key}),
            Self::Relisted(all) => json!({"kind": O::NAME, "relisted": all}),
        }
    }
}

/// Reads an observation of `O` as recordings write it.
pub(super) fn from_json<O: Observed>(value: &Value) -> Result<Box<dyn AnyObservation>, serde_json::Error> {
    fn part<T: DeserializeOwned>(value: &Value) -> Result<T, serde_json::Error> {
        T::deserialize(value)
    }
    let observation: Observation<O> = if let Some(seen) = value.get("seen") {
        let (key, state) = part(seen)?;
        Observation::Seen(key, state)
    } else if let Some(key) = value.get("gone") {
        Observation::Gone(part(key)?)
    } else {
        Observation::Relisted(part(value.get("relisted").unwrap_or(&Value::Null))?)
    };
    Ok(Box::new(observation))
}

/// The last observations of a kind that is not known here.
pub(super) trait ObservedTable: Send + Sync {
    fn as_any(&self) -> &dyn Any;
    fn as_any_mut(&mut self) -> &mut dyn Any;
    /// All of them as one relisting.
    fn to_json(&self) -> Value;
}

/// The last observation of `O` per key.
pub(super) struct Observations<O: Observed> {
    pub(super) last: BTreeMap<O::Key, O>,
}

impl<O: Observed> Default for Observations<O> {
    fn default() -> Self {
        Self { last: BTreeMap::new() }
    }
}

impl<O: Observed> ObservedTable for Observations<O> {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }

    fn to_json(&self) -> Value {
        let all: Vec<_> = self.last.iter().collect();
        json!({"kind": O::NAME, "relisted": all})
    }
}

impl<O: Observed> Observations<O> {
    /// Takes in an observation; says which keys it changed.
    pub(super) fn apply(&mut self, observation: Observation<O>) -> Vec<O::Key> {
        match observation {
            Observation::Seen(key, state) => self.see(key, state).into_iter().collect(),
            Observation::Gone(key) => self.last.remove(&key).map(|_| key).into_iter().collect(),
            Observation::Relisted(all) => self.relist(all),
        }
    }

    fn see(&mut self, key: O::Key, state: O) -> Option<O::Key> {
        if self.last.get(&key) == Some(&state) {
            return None;
        }
        self.last.insert(key.clone(), state);
        Some(key)
    }

    fn relist(&mut self, all: Vec<(O::Key, O)>) -> Vec<O::Key> {
        let mut old = std::mem::take(&mut self.last);
        let mut changed = Vec::new();
        for (key, state) in all {
            if old.remove(&key).as_ref() != Some(&state) {
                changed.push(key.clone());
            }
            self.last.insert(key, state);
        }
        changed.extend(old.into_keys());
        changed
    }
}
