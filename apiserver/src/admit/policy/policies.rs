//! Policies and bindings as the store has them, compiled once per revision.

use std::collections::HashMap;
use std::sync::Arc;

use kontiki_api::meta::{Key, Resource, Revision};
use kontiki_store::{Range, Store};
use parking_lot::Mutex;
use serde_json::Value;

use super::definition::Definition;
use super::matching::MatchResources;
use crate::admit::fields::{items, text};

/// One kind of policy with its bindings.
#[derive(Debug)]
pub(super) struct Policies {
    policies: Range,
    bindings: Range,
    compiled: Mutex<HashMap<(Key, Revision), Arc<Definition>>>,
    bound: Mutex<HashMap<(Key, Revision), Arc<Binding>>>,
}

/// What puts a policy to work.
#[derive(Debug)]
pub(super) struct Binding {
    pub name: String,
    pub policy: String,
    /// What of the policy's objects it is about.
    pub constraints: MatchResources,
    /// `spec.paramRef`, or null.
    pub param_ref: Value,
    /// `Deny`, `Warn`, `Audit`.
    pub actions: Vec<String>,
}

/// Policies with their bindings.
pub(super) type Active = Vec<(Arc<Definition>, Vec<Arc<Binding>>)>;

impl Binding {
    /// Whether findings have this consequence.
    pub fn acts(&self, action: &str) -> bool {
        self.actions.iter().any(|own| own == action)
    }

    fn read(binding: &Value) -> Self {
        Self {
            name: text(binding, "/metadata/name").into(),
            policy: text(binding, "/spec/policyName").into(),
            constraints: MatchResources::read(binding.pointer("/spec/matchResources")),
            param_ref: binding.pointer("/spec/paramRef").cloned().unwrap_or(Value::Null),
            actions: items(binding, "/spec/validationActions").iter().filter_map(Value::as_str).map(String::from).collect(),
        }
    }
}

impl Policies {
    /// The policies and bindings of these collections of `admissionregistration.k8s.io`.
    pub fn new(policies: &str, bindings: &str) -> Self {
        let range = |plural: &str| Range::Resource(Resource::new("admissionregistration.k8s.io", plural));
        Self { policies: range(policies), bindings: range(bindings), compiled: Mutex::default(), bound: Mutex::default() }
    }

    /// Every policy that has bindings, with these; by name.
    pub fn active(&self, store: &dyn Store) -> Active {
        let bindings = read_all(store, &self.bindings, &self.bound, Binding::read);
        if bindings.is_empty() {
            return Vec::new();
        }
        let policies = read_all(store, &self.policies, &self.compiled, Definition::read);
        let active = policies.into_iter().map(|policy| {
            let bound: Vec<Arc<Binding>> = bindings.iter().filter(|binding| binding.policy == policy.name).cloned().collect();
            (policy, bound)
        });
        active.filter(|(_, bound)| !bound.is_empty()).collect()
    }
}

/// All objects of `range`, each read once per revision; what is not there any more is forgotten.
fn read_all<T>(
    store: &dyn Store,
    range: &Range,
    cache: &Mutex<HashMap<(Key, Revision), Arc<T>>>,
    read: fn(&Value) -> T,
) -> Vec<Arc<T>> {
    let listing = store.list(range);
    let mut cache = cache.lock();
    let mut fresh = HashMap::with_capacity(listing.objects.len());
    let mut all = Vec::with_capacity(listing.objects.len());
    for object in &listing.objects {
        let at = (object.key.clone(), object.revision);
        let item = cache.get(&at).cloned().unwrap_or_else(|| Arc::new(read(&object.to_value())));
        all.push(Arc::clone(&item));
        fresh.insert(at, item);
    }
    *cache = fresh;
    all
}
