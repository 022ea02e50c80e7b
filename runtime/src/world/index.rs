//! Declared multi-maps over the objects of one view.

use std::any::{Any, TypeId};
use std::collections::BTreeMap;

use kontiki_api::meta::NsName;
use kontiki_api::view::View;

use super::Seen;

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

/// Objects of one view by some key, in key order.
pub(super) type Filed<K, V> = BTreeMap<K, BTreeMap<NsName, Seen<V>>>;

/// Files `seen` under `key`.
pub(super) fn file<K: Ord, V: View>(filed: &mut Filed<K, V>, key: K, seen: &Seen<V>) {
    filed.entry(key).or_default().insert(seen.ns_name(), seen.clone());
}

/// Takes the object called `name` from under `key`.
pub(super) fn unfile<K: Ord, V>(filed: &mut Filed<K, V>, key: &K, name: &NsName) {
    if let Some(group) = filed.get_mut(key) {
        group.remove(name);
        if group.is_empty() {
            filed.remove(key);
        }
    }
}

/// An index of unknown key type, kept by the projection of its view.
pub(super) trait Fold<V>: Any + Send + Sync {
    fn fold(&mut self, before: Option<&Seen<V>>, after: Option<&Seen<V>>);
    fn index_id(&self) -> TypeId;
    fn as_any(&self) -> &dyn Any;
    /// Every (key position, object name) in order: what two indexes are compared by.
    fn layout(&self) -> Vec<(usize, NsName)>;
}

/// The multi-map of one index.
pub(super) struct IndexTable<I: Index> {
    pub(super) filed: Filed<I::Key, I::View>,
}

impl<I: Index> Default for IndexTable<I> {
    fn default() -> Self {
        Self { filed: BTreeMap::new() }
    }
}

impl<I: Index> Fold<I::View> for IndexTable<I> {
    fn fold(&mut self, before: Option<&Seen<I::View>>, after: Option<&Seen<I::View>>) {
        if let Some(seen) = before {
            let name = seen.ns_name();
            I::keys(seen).iter().for_each(|key| unfile(&mut self.filed, key, &name));
        }
        if let Some(seen) = after {
            I::keys(seen).into_iter().for_each(|key| file(&mut self.filed, key, seen));
        }
    }

    fn index_id(&self) -> TypeId {
        TypeId::of::<I>()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn layout(&self) -> Vec<(usize, NsName)> {
        let groups = self.filed.values().enumerate();
        groups.flat_map(|(at, group)| group.keys().map(move |name| (at, name.clone()))).collect()
    }
}
