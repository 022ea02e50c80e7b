//! One pass over one namespace.

use std::collections::BTreeMap;
use std::sync::Arc;

use kontiki_api::Text;
use kontiki_api::kind::Kinds;
use kontiki_api::meta::{NsName, Resource};
use kontiki_api::object::Object;
use kontiki_api::view::Namespace;
use kontiki_runtime::effect::Never;
use kontiki_runtime::plan::{Intent, Plan, Stuck};
use kontiki_runtime::reconciler::{Pass, Reconciler};
use kontiki_runtime::world::{Seen, Triggers, World};
use serde_json::{Value, json};

use super::conditions::tell;
use super::empty::{Served, empty};
use crate::common::CATCH_UP;

/// The finalizer that this reconciler takes away.
const FINALIZER: &str = "kubernetes";
/// Empties and ends namespaces.
#[derive(Clone, Debug)]
pub struct Namespaces {
    ranks: BTreeMap<Resource, u8>,
}

impl Namespaces {
    /// Deletes by the ranks of `kinds`; kinds that it does not know come with the most usual ones.
    pub fn new(kinds: &Kinds) -> Self {
        Self { ranks: kinds.iter().map(|row| (row.resource.clone(), row.deletion_rank)).collect() }
    }
}

impl Default for Namespaces {
    fn default() -> Self {
        Self::new(&Kinds::builtin())
    }
}

impl Reconciler for Namespaces {
    const NAME: &'static str = "namespace";
    type Key = Text;
    type Effect = Never;

    fn triggers(on: &mut Triggers<Text>) {
        on.own::<Namespace>(|name| name.name);
        on.any(|world, key, _, _| {
            let namespace = world.get::<Namespace>(&NsName::new("", key.namespace.clone()));
            namespace.filter(|namespace| namespace.head().deleted.is_some()).map(|_| key.namespace.clone()).into_iter().collect()
        });
    }

    fn reconcile(&self, world: &World, pass: &Pass<'_, Text, Never>) -> Result<Plan, Stuck> {
        let mut plan = Plan::done();
        for name in pass.keys {
            let namespace = world.get::<Namespace>(&NsName::new("", name.clone()));
            if let Some(namespace) = namespace.filter(|namespace| namespace.head().deleted.is_some()) {
                plan = self.end(world, namespace, pass);
            }
        }
        Ok(plan)
    }
}

impl Namespaces {
    fn end(&self, world: &World, namespace: &Seen<Namespace>, pass: &Pass<'_, Text, Never>) -> Plan {
        let served = Served::of(world, world.objects_in(namespace.name()));
        let content: Vec<&Arc<Object>> = world.objects_in(namespace.name()).filter(|object| served.reaches(object)).collect();
        let last = pass.outcome(namespace.name());
        let mut plan = Plan::done();
        plan.intents.extend(tell(namespace, &content, last, pass.now));
        plan.intents.extend(empty(&content, &self.ranks, &served, last));
        if content.is_empty() && plan.intents.is_empty() {
            if !world.covers_all(namespace.object.revision) {
                return plan.after(CATCH_UP);
            }
            plan.intents.extend(finalize(namespace));
        }
        plan
    }
}

/// Takes our finalizer away; the server ends the namespace with its last one.
fn finalize(namespace: &Seen<Namespace>) -> Option<Intent> {
    let finalizers = &namespace.spec.finalizers;
    if !finalizers.iter().any(|finalizer| &**finalizer == FINALIZER) {
        return None;
    }
    let others: Value = finalizers.iter().filter(|finalizer| &***finalizer != FINALIZER).map(|other| json!(other)).collect();
    let mut body = namespace.object.to_value();
    body["spec"]["finalizers"] = others;
    Some(Intent::Replace { on: namespace.precondition(), subresource: "finalize".into(), body })
}

#[cfg(test)]
mod tests {
    use super::*;
    use kontiki_runtime::plan::Outcome;
    use kontiki_runtime::reconciler::Seed;

    #[test]
    fn a_deleted_namespace_is_emptied_in_order_and_let_go() {
        kontiki_runtime::testing::pair::<Namespaces>(concat!(env!("CARGO_MANIFEST_DIR"), "/namespace/testdata"));
    }

    #[test]
    fn what_is_refused_each_time_does_not_keep_the_rest_waiting() {
        let metadata = json!({"name": "shop", "deletionTimestamp": "2026-01-01T00:00:00Z"});
        let mut objects = vec![json!({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})];
        let settings =
            |at| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": format!("c{at:04}"), "namespace": "shop"}});
        objects.extend((0..501).map(settings));
        let world = World::for_tests::<Namespaces>(objects);
        let tried = |attempts| {
            let last = Outcome { intents: Vec::new(), attempts };
            let (keys, outcomes) = ([Text::from("shop")], BTreeMap::from([("shop".into(), last)]));
            let (now, effects) = Default::default();
            let pass = Pass { keys: &keys, now, seed: Seed(1), outcomes: &outcomes, effects: &effects };
            let plan = Namespaces::default().reconcile(&world, &pass).expect("a plan");
            let names = plan.intents.into_iter().filter_map(|intent| match intent {
                Intent::Delete { on, .. } => Some(on.key.name),
                _ => None,
            });
            names.collect::<Vec<_>>()
        };
        assert_eq!(tried(0).len(), 500);
        assert_eq!(tried(1), [Text::from("c0500")]);
    }
}
