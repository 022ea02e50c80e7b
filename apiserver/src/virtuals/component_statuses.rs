//! `v1 ComponentStatus`: how the parts of the control plane are.

use std::sync::Arc;

use kontiki_store::Store;
use serde_json::{Value, json};

use super::Observe;
use crate::health::{Check, StoreCheck};

/// The kind's collection.
pub const COMPONENT_STATUSES: &str = "componentstatuses";

/// How each of these is, by the check of its name.
pub struct ComponentStatuses {
    checks: Vec<(&'static str, Arc<dyn Check>)>,
}

impl ComponentStatuses {
    /// Of the components of `checks`, and of the store, which goes by the name that upstream's has.
    pub fn new(store: &Arc<dyn Store>, mut checks: Vec<(&'static str, Arc<dyn Check>)>) -> Self {
        checks.push(("etcd-0", Arc::new(StoreCheck { store: Arc::clone(store), readiness: true })));
        checks.sort_by_key(|(name, _)| *name);
        Self { checks }
    }
}

impl Observe for ComponentStatuses {
    fn objects(&self) -> Vec<Value> {
        let one = |(name, check): &(&'static str, Arc<dyn Check>)| {
            let (status, message) = match check.check() {
                Ok(()) => ("True", "ok".to_owned()),
                Err(why) => ("False", why),
            };
            json!({
                "apiVersion": "v1", "kind": "ComponentStatus", "metadata": {"name": name},
                "conditions": [{"type": "Healthy", "status": status, "message": message}],
            })
        };
        self.checks.iter().map(one).collect()
    }
}
