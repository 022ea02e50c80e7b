//! Garbage collection: what becomes of dependents when their owners go.
//!
//! Follows upstream's "Garbage Collection" page: background, foreground and orphan deletion over
//! every kind, with owners told apart by uid.

mod owners;
mod reconcile;
#[cfg(test)]
mod suite;

pub use reconcile::GarbageCollector;

use kontiki_runtime::execute::Identity;
#[cfg(test)]
use kontiki_runtime::testing::{Scenario, Suite};

use crate::registered::{Registered, Setup};

impl Registered for GarbageCollector {
    fn identity() -> Identity {
        Identity::account("generic-garbage-collector")
    }

    fn make(setup: &Setup) -> Self {
        Self::new((*setup.kinds).clone())
    }

    #[cfg(test)]
    fn suite() -> (Suite<Self>, Vec<Scenario>) {
        suite::suite()
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_world_leads_to_its_plan() {
        kontiki_runtime::testing::pair::<super::GarbageCollector>(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/garbage_collector/testdata"
        ));
    }

    /// Comparing each reference with all that stay takes longer than a test may.
    #[test]
    fn very_many_owners_are_sorted_in_one_go() {
        use kontiki_runtime::reconciler::{Pass, Reconciler, Seed};
        use kontiki_runtime::world::World;
        use serde_json::{Value, json};

        let owner = |kind: &str, at: usize| json!({"apiVersion": "v1", "kind": kind, "name": "x", "uid": format!("{kind}-{at}")});
        let owners: Value = (0..50_000).flat_map(|at| [owner("Unknown", at), owner("Pod", at)]).collect();
        let metadata = json!({"name": "many", "namespace": "ns", "ownerReferences": owners});
        let world =
            World::for_tests::<super::GarbageCollector>([json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata})]);
        let key = kontiki_api::meta::Key::new("pods", "ns", "many");
        let (outcomes, effects) = Default::default();
        let now = kontiki_api::time::Time::default();
        let pass = Pass { keys: &[key], now, seed: Seed(1), outcomes: &outcomes, effects: &effects };
        let plan = super::GarbageCollector::default().reconcile(&world, &pass).expect("a plan");
        let [kontiki_runtime::plan::Intent::Patch { body, .. }] = &plan.intents[..] else { panic!("{plan:?}") };
        let kept = body.pointer("/metadata/ownerReferences").and_then(Value::as_array).expect("references");
        assert!(kept.len() == 50_000 && kept.iter().all(|owner| owner["kind"] == "Unknown"));
    }
}
