//! What the shared suite plays to it.

use kontiki_api::meta::Key;
use kontiki_runtime::testing::{Scenario, Suite};
use serde_json::json;

use super::Scheduler;
use crate::scenes::{changed, namespace, node, pod};

pub(super) fn suite() -> (Suite<Scheduler>, Vec<Scenario>) {
    let wants = |name: &str, disk: &str| pod("ns", name, |pod| pod["spec"]["nodeSelector"] = json!({"disk": disk}));
    let with = |name: &str, disk: &str| changed(node(name, true), |node| node["metadata"]["labels"] = json!({"disk": disk}));
    let start = |name| {
        let pods = [wants("a", "fast"), wants("b", "large"), wants("c", "none")];
        Scenario::new(name).put_together(pods.into_iter().chain([namespace("ns"), with("n1", "fast"), with("n2", "large")]))
    };
    let placed = start("pods get the nodes they want, when there are such")
        .put([with("n3", "none")])
        .merge(Key::new("nodes", "", "n3"), json!({"spec": {"unschedulable": true}}))
        .put([wants("d", "none")]);
    let full = start("room that is left is given away")
        .put([wants("e", "fast"), wants("f", "fast")])
        .delete(Key::new("pods", "ns", "a"));
    (Suite::new(Scheduler), vec![placed, full])
}
