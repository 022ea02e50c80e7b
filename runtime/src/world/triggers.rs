//! Which changes wake which keys; which indexes a reconciler reads.

use kontiki_api::meta::{Key, NsName};
use kontiki_api::object::Object;
use kontiki_api::view::View;

use super::{Seen, World};
use crate::observe::Observed;

/// Derived state over the objects of one view: a multi-map from `Key` to objects. Folded over
/// (old, new) as changes arrive; a test compares it with one rebuilt from nothing.
pub trait Index: 'static {
    /// The view indexed.
    type View: View;
    /// What it is looked up by.
    type Key: Ord + Clone + Send + Sync + 'static;

    /// The keys under which `seen` is found.
    fn keys(seen: &Seen<Self::View>) -> Vec<Self::Key>;
}

/// The declarations of one reconciler: collected once, when it is registered.
pub struct Triggers<K> {
    _todo: std::marker::PhantomData<K>,
}

#[allow(unused_variables, reason = "contract: filled in by the engine's author")]
impl<K: 'static> Triggers<K> {
    /// Every change of an object of `V` wakes the key made from its name.
    pub fn own<V: View>(&mut self, key: fn(NsName) -> K) {}

    /// Every change of an object of `V` wakes the key of its controlling owner, where that is of kind `owner_kind`.
    pub fn owned<V: View>(&mut self, owner_kind: &'static str, key: fn(NsName) -> K) {}

    /// Every change of an object of `V` wakes the keys `map` names; called with the state before and after.
    pub fn mapped<V: View>(&mut self, map: fn(&World, Option<&Seen<V>>, Option<&Seen<V>>) -> Vec<K>) {}

    /// Every change of any object of any kind wakes the keys `map` names (before, after).
    pub fn any(&mut self, map: fn(&World, &Key, Option<&Object>, Option<&Object>) -> Vec<K>) {}

    /// Every observation of `O` wakes the keys `map` names.
    pub fn observed<O: Observed>(&mut self, map: fn(&World, &O::Key) -> Vec<K>) {}

    /// Holds `V` in the World without being woken by it.
    pub fn reads<V: View>(&mut self) {}

    /// Keeps `I` up to date in the World.
    pub fn index<I: Index>(&mut self) {}
}
