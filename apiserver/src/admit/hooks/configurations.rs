//! The webhooks of the stored configurations.

use std::collections::HashMap;

use kontiki_api::meta::{Key, Revision};
use kontiki_api::object::Object;
use kontiki_store::{Range, Store};
use parking_lot::Mutex;
use serde_json::Value;
use std::sync::Arc;

use super::hook::Hook;

const MUTATING: &str = "mutatingwebhookconfigurations.admissionregistration.k8s.io";
const VALIDATING: &str = "validatingwebhookconfigurations.admissionregistration.k8s.io";

type Read = (Revision, Vec<Arc<Hook>>);

/// The webhooks of the stored configurations, read once per change of a configuration. It is brought up to date by
/// whoever looks into it: a configuration that can be seen counts, on every master.
#[derive(Debug, Default)]
pub(crate) struct Configurations(Mutex<HashMap<Key, Read>>);

impl Configurations {
    /// The mutating webhooks, by name of their configuration, then in their order.
    pub(super) fn mutating(&self, store: &dyn Store) -> Vec<Arc<Hook>> {
        self.all(store, MUTATING)
    }

    /// The validating webhooks, in the same order.
    pub(super) fn validating(&self, store: &dyn Store) -> Vec<Arc<Hook>> {
        self.all(store, VALIDATING)
    }

    fn all(&self, store: &dyn Store, resource: &str) -> Vec<Arc<Hook>> {
        let stored = store.list(&Range::Resource(resource.into())).objects;
        let mut known = self.0.lock();
        known.retain(|key, _| key.resource.as_str() != resource || stored.iter().any(|object| object.key == *key));
        stored.iter().flat_map(|object| of(&mut known, object)).collect()
    }
}

fn of(known: &mut HashMap<Key, Read>, object: &Object) -> Vec<Arc<Hook>> {
    match known.get(&object.key) {
        Some((revision, hooks)) if *revision == object.revision => hooks.clone(),
        _ => {
            let hooks = read(object);
            known.insert(object.key.clone(), (object.revision, hooks.clone()));
            hooks
        }
    }
}

fn read(object: &Object) -> Vec<Arc<Hook>> {
    let value = object.to_value();
    let hooks = value.get("webhooks").and_then(Value::as_array).into_iter().flatten().enumerate();
    hooks.map(|(at, hook)| Arc::new(Hook::read(&object.key.name, at, hook))).collect()
}
