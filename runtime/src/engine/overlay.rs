//! What a reconciler assumes to be so because it wrote it, before the change comes back.

use std::collections::BTreeMap;
use std::sync::Arc;

use kontiki_api::kind::Kinds;
use kontiki_api::meta::{Key, Revision};
use kontiki_api::object::{Draft, Object};
use kontiki_api::request::PatchType;
use kontiki_api::time::Time;
use serde_json::{Value, json};

use crate::execute::address;
use crate::plan::Intent;
use crate::world::{Delta, World};

/// A change that is on its way.
#[derive(Clone, Debug)]
enum Change {
    Create(Value),
    Merge(Value),
}

#[derive(Clone, Debug)]
struct Assumed {
    /// The plan and the place of the intent in it.
    intent: (u64, usize),
    change: Change,
    committed: Option<Revision>,
}

/// The assumed objects of one reconciler, laid over the World while its passes run.
#[derive(Debug, Default)]
pub(super) struct Overlay {
    entries: BTreeMap<Key, Vec<Assumed>>,
    /// What the World holds in truth of the keys that are covered now.
    real: BTreeMap<Key, Option<Arc<Object>>>,
    laid: bool,
    /// What was lifted since all was laid.
    lifted: Vec<Key>,
}

impl Overlay {
    /// Assumes the effect of `intent`, the `at`th of plan `plan`.
    pub(super) fn assume(&mut self, world: &mut World, intent: &Intent, plan: (u64, usize), now: Time, kinds: &Kinds) {
        let (Some(key), Some(change)) = (address(intent, kinds), change(intent, now)) else { return };
        self.entries.entry(key.clone()).or_default().push(Assumed { intent: plan, change, committed: None });
        if self.laid {
            self.lay_key(world, &key, kinds);
        }
    }

    /// Lays everything assumed over `world`.
    pub(super) fn lay(&mut self, world: &mut World, kinds: &Kinds) {
        let lifted = std::mem::take(&mut self.lifted);
        let missing: Vec<Key> = if self.laid { lifted } else { self.entries.keys().cloned().collect() };
        self.laid = true;
        for key in missing.iter().filter(|key| self.entries.contains_key(key)).collect::<Vec<_>>() {
            self.lay_key(world, key, kinds);
        }
    }

    /// Shows `world` as it is.
    pub(super) fn lift(&mut self, world: &mut World) {
        self.laid = false;
        for (key, real) in std::mem::take(&mut self.real) {
            restore(world, &key, real.as_ref());
        }
    }

    /// Shows these keys as they are, until the next [`Overlay::lay`].
    pub(super) fn lift_keys<'a>(&mut self, world: &mut World, keys: impl Iterator<Item = &'a Key>) {
        for key in keys {
            if let Some(real) = self.real.remove(key) {
                restore(world, key, real.as_ref());
                self.lifted.push(key.clone());
            }
        }
    }

    /// The intent was committed: what it assumes goes once the World covers `revision`.
    pub(super) fn committed(&mut self, key: &Key, plan: (u64, usize), revision: Revision) {
        let assumed = self.entries.get_mut(key).into_iter().flatten().find(|assumed| assumed.intent == plan);
        if let Some(assumed) = assumed {
            assumed.committed = Some(revision);
        }
    }

    /// The intent was refused: what it assumes is not so. Answers what that changes.
    pub(super) fn refused(&mut self, world: &mut World, key: &Key, plan: (u64, usize), kinds: &Kinds) -> Option<Delta> {
        self.entries.get_mut(key)?.retain(|assumed| assumed.intent != plan);
        self.drop_empty(key);
        self.relay(world, key, kinds)
    }

    /// Drops what `world` contains by now of these keys.
    pub(super) fn settle<'a>(&mut self, world: &mut World, keys: impl Iterator<Item = &'a Key>, kinds: &Kinds) {
        for key in keys {
            let Some(entries) = self.entries.get_mut(key) else { continue };
            let before = entries.len();
            entries.retain(|assumed| assumed.committed.is_none_or(|revision| !world.covers(&key.resource, revision)));
            if entries.len() != before {
                self.drop_empty(key);
                self.relay(world, key, kinds);
            }
        }
    }

    /// The objects assumed now, where laid.
    pub(super) fn shown<'a>(&self, world: &'a World) -> Vec<&'a Arc<Object>> {
        self.real.keys().filter_map(|key| world.object(key)).collect()
    }

    fn drop_empty(&mut self, key: &Key) {
        if self.entries.get(key).is_some_and(Vec::is_empty) {
            self.entries.remove(key);
        }
    }

    fn relay(&mut self, world: &mut World, key: &Key, kinds: &Kinds) -> Option<Delta> {
        let real = self.real.remove(key)?;
        let delta = restore(world, key, real.as_ref());
        if self.entries.contains_key(key) {
            self.lay_key(world, key, kinds);
        }
        delta
    }

    fn lay_key(&mut self, world: &mut World, key: &Key, kinds: &Kinds) {
        let real = self.real.entry(key.clone()).or_insert_with(|| world.object(key).cloned()).clone();
        let entries = self.entries.get(key).map(Vec::as_slice).unwrap_or_default();
        if let Some(object) = assumed_object(key, real.as_deref(), entries, kinds) {
            world.put(&object);
        }
    }
}

fn restore(world: &mut World, key: &Key, real: Option<&Arc<Object>>) -> Option<Delta> {
    match real {
        Some(object) => Some(world.put(object)),
        None => world.remove(key),
    }
}

/// `real` with everything assumed of it; `None` where it is neither there nor assumed to be created.
fn assumed_object(key: &Key, real: Option<&Object>, entries: &[Assumed], kinds: &Kinds) -> Option<Arc<Object>> {
    let mut value = real.map(Object::to_value);
    for assumed in entries {
        match (&assumed.change, &mut value) {
            (Change::Create(object), None) => value = Some(object.clone()),
            (Change::Merge(patch), Some(value)) => merge(value, patch),
            _ => {}
        }
    }
    let value = value?;
    let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
    let fields = kinds.by_kind(text("apiVersion"), text("kind")).map(|row| row.field_pointers()).unwrap_or_default();
    Some(Draft::new(key.clone(), value, &fields).at(real.map_or(Revision::ZERO, |object| object.revision)))
}

fn change(intent: &Intent, now: Time) -> Option<Change> {
    match intent {
        Intent::Create { object } => Some(Change::Create(object.clone())),
        Intent::Patch { r#type: PatchType::Merge | PatchType::Strategic, body, .. } => Some(Change::Merge(body.clone())),
        Intent::Delete { .. } => Some(Change::Merge(json!({"metadata": {"deletionTimestamp": now.seconds()}}))),
        Intent::Post { subresource, body, .. } if &**subresource == "binding" => {
            let node = body.pointer("/target/name")?;
            Some(Change::Merge(json!({"spec": {"nodeName": node}})))
        }
        _ => None,
    }
}

/// Merge patch (RFC 7396).
pub(crate) fn merge(value: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *value = patch.clone();
        return;
    };
    if !value.is_object() {
        *value = json!({});
    }
    let Some(map) = value.as_object_mut() else { return };
    for (name, part) in patch {
        if part.is_null() {
            map.shift_remove(name);
        } else {
            merge(map.entry(name.clone()).or_insert(Value::Null), part);
        }
    }
}
