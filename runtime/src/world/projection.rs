//! All objects of one collection as one view sees them.

use std::any::{Any, TypeId};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use kontiki_api::meta::{Key, NsName, Uid};
use kontiki_api::object::Object;
use kontiki_api::view::View;

use super::Seen;
use super::delta::Pair;
use super::index::{Filed, Fold, Index, IndexTable, file, unfile};

/// A projection of unknown view.
pub(super) trait Table: Send + Sync {
    /// The object is now so; answers the view's before and after (a [`Pair`]).
    fn put(&mut self, object: &Arc<Object>) -> Box<dyn Any + Send>;
    /// The object is gone; answers as [`Table::put`].
    fn remove(&mut self, key: &Key) -> Box<dyn Any + Send>;
    /// What [`Table::put`] answered when the object that is here was new.
    fn arrived(&self, key: &Key) -> Box<dyn Any + Send>;
    fn as_any(&self) -> &dyn Any;
    fn as_any_mut(&mut self) -> &mut dyn Any;
    /// The layouts of its indexes, by index.
    fn layouts(&self) -> Vec<Vec<(usize, NsName)>>;
}

/// Objects decoded once per revision, by name and by owner, with the declared indexes.
pub(super) struct Projection<V: View> {
    pub(super) by_name: BTreeMap<NsName, Seen<V>>,
    pub(super) by_owner: Filed<Uid, V>,
    unreadable: BTreeSet<NsName>,
    indexes: Vec<Box<dyn Fold<V>>>,
}

impl<V: View> Default for Projection<V> {
    fn default() -> Self {
        Self { by_name: BTreeMap::new(), by_owner: BTreeMap::new(), unreadable: BTreeSet::new(), indexes: Vec::new() }
    }
}

impl<V: View> Projection<V> {
    /// Adds index `I`, once.
    pub(super) fn add_index<I: Index<View = V>>(&mut self) {
        if self.index::<I>().is_some() {
            return;
        }
        let mut table = IndexTable::<I>::default();
        self.by_name.values().for_each(|seen| table.fold(None, Some(seen)));
        self.indexes.push(Box::new(table));
    }

    /// The multi-map of `I`, where it was declared.
    pub(super) fn index<I: Index<View = V>>(&self) -> Option<&IndexTable<I>> {
        let fold = self.indexes.iter().find(|fold| fold.index_id() == TypeId::of::<I>())?;
        fold.as_any().downcast_ref()
    }

    fn decode(&mut self, object: &Arc<Object>, name: &NsName) -> Option<Seen<V>> {
        match object.without_managers(|json| serde_json::from_slice::<V>(json)) {
            Ok(view) => {
                self.unreadable.remove(name);
                Some(Seen { object: Arc::clone(object), view: Arc::new(view) })
            }
            Err(error) => {
                if self.unreadable.insert(name.clone()) {
                    let view = std::any::type_name::<V>();
                    tracing::warn!(key = %object.key, view, %error, "object does not read as the view; kept, but not seen");
                }
                None
            }
        }
    }

    fn fold(&mut self, before: Option<&Seen<V>>, after: Option<&Seen<V>>) {
        if let Some(seen) = before {
            let name = seen.ns_name();
            seen.head().owners.iter().for_each(|owner| unfile(&mut self.by_owner, &owner.uid, &name));
        }
        if let Some(seen) = after {
            seen.head().owners.iter().for_each(|owner| file(&mut self.by_owner, owner.uid.clone(), seen));
        }
        self.indexes.iter_mut().for_each(|index| index.fold(before, after));
    }
}

impl<V: View> Table for Projection<V> {
    fn put(&mut self, object: &Arc<Object>) -> Box<dyn Any + Send> {
        let name = object.key.ns_name();
        let after = self.decode(object, &name);
        let before = match &after {
            Some(seen) => self.by_name.insert(name, seen.clone()),
            None => self.by_name.remove(&name),
        };
        self.fold(before.as_ref(), after.as_ref());
        Box::new((before, after) as Pair<V>)
    }

    fn remove(&mut self, key: &Key) -> Box<dyn Any + Send> {
        let name = key.ns_name();
        self.unreadable.remove(&name);
        let before = self.by_name.remove(&name);
        self.fold(before.as_ref(), None);
        Box::new((before, None) as Pair<V>)
    }

    fn arrived(&self, key: &Key) -> Box<dyn Any + Send> {
        Box::new((None, self.by_name.get(&key.ns_name()).cloned()) as Pair<V>)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }

    fn layouts(&self) -> Vec<Vec<(usize, NsName)>> {
        self.indexes.iter().map(|index| index.layout()).collect()
    }
}
