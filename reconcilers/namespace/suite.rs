//! What the shared suite plays to it.

use kontiki_api::meta::Key;
use kontiki_runtime::testing::{MemoryCluster, Scenario, Suite};
use serde_json::json;

use super::Namespaces;
use crate::scenes::{namespace, object, objects, pod};

pub(super) fn suite() -> (Suite<Namespaces>, Vec<Scenario>) {
    let full = Scenario::new("a full namespace is emptied and goes")
        .put_together([
            namespace("doomed"),
            namespace("other"),
            pod("doomed", "a", |_| {}),
            pod("doomed", "b", |pod| pod["metadata"]["finalizers"] = json!(["example.org/wait"])),
            object("v1", "ConfigMap", "doomed", "settings"),
            object("v1", "Secret", "doomed", "key"),
            object("v1", "ConfigMap", "other", "settings"),
        ])
        .delete(Key::new("namespaces", "", "doomed"));
    let suite = Suite::new(Namespaces::default()).without_garbage_collection().react(finalizers_of_others);
    (suite, vec![full])
}

/// Somebody takes a finalizer away once its object is to go.
fn finalizers_of_others(cluster: &mut MemoryCluster) {
    let waiting = objects(cluster, "pods").into_iter().filter(|object| object.head.deleted.is_some());
    for object in waiting {
        if let Err(status) = cluster.merge(&object.key, "", &json!({"metadata": {"finalizers": []}})) {
            panic!("{}: {status}", object.key);
        }
    }
}
