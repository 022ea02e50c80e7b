//! What the objects of one quota use.

use std::collections::{BTreeSet, HashMap};

use kontiki_api::Text;
use kontiki_api::meta::{Key, Revision};
use kontiki_api::object::Object;
use kontiki_api::quota::{Amounts, collections, freed_at, matches, usage};
use kontiki_api::time::Time;
use kontiki_store::{Range, Store};
use serde_json::Value;

struct Counted {
    revision: Revision,
    used: Amounts,
    /// Until when that holds though nothing changes.
    until: Option<Time>,
    pass: u64,
}

/// What the objects of one quota use; only objects that changed are read again.
pub(super) struct Book {
    namespace: Text,
    quota: Value,
    collections: BTreeSet<String>,
    counted: HashMap<Key, Counted>,
    used: Amounts,
    pass: u64,
}

impl Book {
    /// An empty book of `quota`.
    pub fn new(namespace: Text, quota: &Value, hard: &Amounts) -> Self {
        Self {
            namespace,
            quota: quota.clone(),
            collections: collections(hard.0.keys().map(String::as_str)),
            counted: HashMap::new(),
            used: Amounts::default(),
            pass: 0,
        }
    }

    /// Whether it was opened for what the quota says now.
    pub fn is_of(&self, quota: &Value) -> bool {
        self.quota.get("spec") == quota.get("spec")
    }

    /// Whether it has counted the object at `key` in a state newer than `base`.
    pub fn has_seen(&self, key: &Key, base: Option<Revision>) -> bool {
        self.counted.get(key).is_some_and(|counted| base.is_none_or(|base| counted.revision > base))
    }

    /// What all objects of the quota use at `now`.
    pub fn count(&mut self, store: &dyn Store, now: Time) -> &Amounts {
        self.pass += 1;
        let mut seen = 0;
        for collection in self.collections.clone() {
            let range = Range::Namespace(collection.as_str().into(), self.namespace.clone());
            for object in store.list(&range).objects {
                seen += 1;
                self.take(&collection, &object, now);
            }
        }
        if self.counted.len() != seen {
            let (pass, used) = (self.pass, &mut self.used);
            self.counted.retain(|_, counted| {
                let stays = counted.pass == pass;
                if !stays {
                    used.subtract(&counted.used);
                }
                stays
            });
        }
        &self.used
    }

    fn take(&mut self, collection: &str, object: &Object, now: Time) {
        if let Some(counted) = self.counted.get_mut(&object.key) {
            counted.pass = self.pass;
            if counted.revision == object.revision && counted.until.is_none_or(|until| now <= until) {
                return;
            }
            self.used.subtract(&counted.used);
        }
        let value = object.to_value();
        let (mut used, mut until) = (Amounts::default(), None);
        if matches(&self.quota, collection, &value) {
            used = usage(collection, &value, now);
            until = freed_at(collection, &value).filter(|freed| now <= *freed);
        }
        self.used.add(&used);
        let counted = Counted { revision: object.revision, used, until, pass: self.pass };
        self.counted.insert(object.key.clone(), counted);
    }
}
