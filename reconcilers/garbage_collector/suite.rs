//! What the shared suite plays to it.

use kontiki_api::meta::Key;
use kontiki_runtime::testing::{Scenario, Suite};
use serde_json::{Value, json};

use super::GarbageCollector;
use crate::scenes::{changed, object, pod};

pub(super) fn suite() -> (Suite<GarbageCollector>, Vec<Scenario>) {
    let dependents = || [owned("a", &["web"]), owned("b", &["web"]), owned("c", &["web", "db"])];
    let start = |name| Scenario::new(name).put_together([set("db"), set("web")].into_iter().chain(dependents()));
    let going = |finalizer: &str| {
        changed(set("web"), |set| {
            set["metadata"]["finalizers"] = json!([finalizer]);
            set["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z");
        })
    };
    let background = start("dependents go after their owner").delete(Key::new("replicasets.apps", "ns", "web"));
    let foreground = start("dependents go before their owner").put([going("foregroundDeletion")]);
    let orphan = start("dependents stay when their owner goes without them").put([going("orphan")]);
    let absent = Scenario::new("an owner that never was").put([owned("a", &["web"])]);
    let suite = Suite::new(GarbageCollector::default()).without_garbage_collection();
    (suite, vec![background, foreground, orphan, absent])
}

fn set(name: &str) -> Value {
    changed(object("apps/v1", "ReplicaSet", "ns", name), |set| set["metadata"]["uid"] = json!(format!("of-{name}")))
}

fn owned(name: &str, owners: &[&str]) -> Value {
    let owner = |name: &&str| {
        json!({
            "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": name, "uid": format!("of-{name}"), "blockOwnerDeletion": true,
        })
    };
    pod("ns", name, |pod| pod["metadata"]["ownerReferences"] = owners.iter().map(owner).collect())
}
