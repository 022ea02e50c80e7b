//! Which changes wake which keys; which indexes a reconciler reads.

use std::any::TypeId;
use std::collections::BTreeMap;

use kontiki_api::meta::{Key, NsName, Resource};
use kontiki_api::object::Object;
use kontiki_api::view::View;

use super::{Delta, Index, ObservedDelta, Schema, Seen, World};
use crate::observe::Observed;

/// From an object's state before and after to the keys that the change wakes.
pub type Mapping<V, K> = fn(&World, Option<&Seen<V>>, Option<&Seen<V>>) -> Vec<K>;

type Wake<K> = Box<dyn Fn(&World, &Delta, &mut Vec<K>) + Send + Sync>;
type ObservedWake<K> = Box<dyn Fn(&World, &ObservedDelta, &mut Vec<K>) + Send + Sync>;

/// The declarations of one reconciler: collected once, when it is registered.
pub struct Triggers<K> {
    schema: Schema,
    by_resource: BTreeMap<Resource, Vec<Wake<K>>>,
    any: Vec<Wake<K>>,
    observed: Vec<(TypeId, ObservedWake<K>)>,
}

impl<K> Default for Triggers<K> {
    fn default() -> Self {
        Self { schema: Schema::default(), by_resource: BTreeMap::new(), any: Vec::new(), observed: Vec::new() }
    }
}

impl<K: 'static> Triggers<K> {
    /// Every change of an object of `V` wakes the key made from its name.
    pub fn own<V: View>(&mut self, key: fn(NsName) -> K) {
        self.schema.view::<V>();
        self.wake(V::RESOURCE, Box::new(move |_, delta, keys| keys.push(key(delta.key.ns_name()))));
    }

    /// Every change of an object of `V` wakes the key of its controlling owner, where that is of kind `owner_kind`
    /// (in the object's own namespace).
    pub fn owned<V: View>(&mut self, owner_kind: &'static str, key: fn(NsName) -> K) {
        self.schema.view::<V>();
        let wake = move |_: &World, delta: &Delta, keys: &mut Vec<K>| {
            let states = [delta.before.as_deref(), delta.after.as_deref()].into_iter().flatten();
            let owners = states.filter_map(|object| object.head.controller());
            let mut names: Vec<_> = owners.filter(|owner| &*owner.kind == owner_kind).map(|owner| &owner.name).collect();
            names.dedup();
            keys.extend(names.into_iter().map(|name| key(NsName::new(delta.key.namespace.clone(), name.clone()))));
        };
        self.wake(V::RESOURCE, Box::new(wake));
    }

    /// Every change of an object of `V` wakes the keys `map` names; called with the state before and after.
    pub fn mapped<V: View>(&mut self, map: Mapping<V, K>) {
        self.schema.view::<V>();
        let wake = move |world: &World, delta: &Delta, keys: &mut Vec<K>| {
            let (before, after) = delta.seen::<V>();
            if before.is_some() || after.is_some() {
                keys.extend(map(world, before, after));
            }
        };
        self.wake(V::RESOURCE, Box::new(wake));
    }

    /// Every change of any object of any kind wakes the keys `map` names (before, after).
    pub fn any(&mut self, map: fn(&World, &Key, Option<&Object>, Option<&Object>) -> Vec<K>) {
        self.schema.everything();
        let wake = move |world: &World, delta: &Delta, keys: &mut Vec<K>| {
            keys.extend(map(world, &delta.key, delta.before.as_deref(), delta.after.as_deref()));
        };
        self.any.push(Box::new(wake));
    }

    /// Every observation of `O` wakes the keys `map` names.
    pub fn observed<O: Observed>(&mut self, map: fn(&World, &O::Key) -> Vec<K>) {
        self.schema.observed::<O>();
        let wake = move |world: &World, delta: &ObservedDelta, keys: &mut Vec<K>| {
            delta.keys::<O>().for_each(|key| keys.extend(map(world, key)));
        };
        self.observed.push((TypeId::of::<O>(), Box::new(wake)));
    }

    /// Holds `V` in the World without being woken by it.
    pub fn reads<V: View>(&mut self) {
        self.schema.view::<V>();
    }

    /// Holds `V` in the World together with the time at which each object last changed
    /// ([`World::changed_at`]), without being woken by it.
    pub fn timed<V: View>(&mut self) {
        self.schema.timed::<V>();
    }

    /// Keeps `I` up to date in the World.
    pub fn index<I: Index>(&mut self) {
        self.schema.index::<I>();
    }

    /// What the reconciler wants a World to hold.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// The keys that a change of an object wakes, perhaps repeatedly.
    pub fn woken(&self, world: &World, delta: &Delta) -> Vec<K> {
        let mut keys = Vec::new();
        let of_resource = self.by_resource.get(&delta.key.resource).into_iter().flatten();
        of_resource.chain(&self.any).for_each(|wake| wake(world, delta, &mut keys));
        keys
    }

    /// The keys that a change of observations wakes, perhaps repeatedly.
    pub fn woken_by_observation(&self, world: &World, delta: &ObservedDelta) -> Vec<K> {
        let mut keys = Vec::new();
        let of_kind = self.observed.iter().filter(|(kind, _)| *kind == delta.kind);
        of_kind.for_each(|(_, wake)| wake(world, delta, &mut keys));
        keys
    }

    fn wake(&mut self, resource: &'static str, wake: Wake<K>) {
        self.by_resource.entry(resource.into()).or_default().push(wake);
    }
}

impl<K> std::fmt::Debug for Triggers<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Triggers").field("schema", &self.schema).finish_non_exhaustive()
    }
}
