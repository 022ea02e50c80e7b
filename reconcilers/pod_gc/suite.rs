//! What the shared suite plays to it.

use kontiki_api::meta::Key;
use kontiki_runtime::testing::{Scenario, Suite};
use serde_json::json;

use super::PodGc;
use crate::scenes::{namespace, node, pod};

pub(super) fn suite() -> (Suite<PodGc>, Vec<Scenario>) {
    let on = |name: &str, node: &str| pod("ns", name, |pod| pod["spec"]["nodeName"] = json!(node));
    let finished = |name: &str, hour: u8| {
        pod("ns", name, |pod| {
            pod["metadata"]["creationTimestamp"] = json!(format!("2026-01-01T{hour:02}:00:00Z"));
            pod["status"] = json!({"phase": "Succeeded"});
        })
    };
    let lost = Scenario::new("pods of a node that goes, and none of one that stays")
        .put_together([namespace("ns"), node("n1", true), node("n2", true), on("a", "n1"), on("b", "n2")])
        .delete(Key::new("nodes", "", "n2"));
    let surplus = Scenario::new("the oldest finished pods beyond the number kept").put_together([
        namespace("ns"),
        finished("c", 3),
        finished("a", 1),
        finished("b", 2),
        finished("d", 4),
    ]);
    let unplaced = Scenario::new("a pod deleted before it was placed").put_together([
        namespace("ns"),
        pod("ns", "a", |pod| pod["metadata"]["deletionTimestamp"] = json!("2026-01-01T00:00:00Z")),
    ]);
    (Suite::new(PodGc { kept: 2 }), vec![lost, surplus, unplaced])
}
