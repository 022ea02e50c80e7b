use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use kontiki_api::Text;
use kontiki_api::meta::{Key, NsName, Resource};
use kontiki_api::object::Object;

use crate::Range;

type Collection = BTreeMap<NsName, Arc<Object>>;

/// The current objects, one ordered map per collection, so that a list touches only its range.
#[derive(Clone, Debug, Default)]
pub(crate) struct Objects {
    collections: BTreeMap<Resource, Collection>,
    count: u64,
    bytes: u64,
}

impl Objects {
    /// The object at `key`.
    pub fn get(&self, key: &Key) -> Option<&Arc<Object>> {
        self.collections.get(&key.resource)?.get(&key.ns_name())
    }

    /// Puts `object` at its key; the one it replaces comes back.
    pub fn put(&mut self, object: Arc<Object>) -> Option<Arc<Object>> {
        self.count += 1;
        self.bytes += object.value.len() as u64;
        let names = object.key.ns_name();
        let collection = self.collections.entry(object.key.resource.clone()).or_default();
        let old = collection.insert(names, object);
        self.forget(old.as_ref());
        old
    }

    /// Takes the object at `key` away.
    pub fn remove(&mut self, key: &Key) -> Option<Arc<Object>> {
        let collection = self.collections.get_mut(&key.resource)?;
        let old = collection.remove(&key.ns_name());
        if collection.is_empty() {
            self.collections.remove(&key.resource);
        }
        self.forget(old.as_ref());
        old
    }

    /// The objects of `range` in key order.
    pub fn list(&self, range: &Range) -> Vec<Arc<Object>> {
        match range {
            Range::All => self.collections.values().flat_map(BTreeMap::values).cloned().collect(),
            Range::Resource(resource) => match self.collections.get(resource) {
                Some(collection) => collection.values().cloned().collect(),
                None => Vec::new(),
            },
            Range::Namespace(resource, namespace) => self.in_namespace(resource, namespace).cloned().collect(),
            Range::Key(key) => self.get(key).cloned().into_iter().collect(),
        }
    }

    /// How many objects there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Bytes of all values.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    fn in_namespace<'a>(&'a self, resource: &Resource, namespace: &'a Text) -> impl Iterator<Item = &'a Arc<Object>> {
        let start = Bound::Included(NsName::new(namespace.clone(), ""));
        let collection = self.collections.get(resource);
        let objects = collection.into_iter().flat_map(move |collection| collection.range((start.clone(), Bound::Unbounded)));
        objects.take_while(move |(names, _)| names.namespace == *namespace).map(|(_, object)| object)
    }

    fn forget(&mut self, old: Option<&Arc<Object>>) {
        if let Some(old) = old {
            self.count -= 1;
            self.bytes -= old.value.len() as u64;
        }
    }
}
