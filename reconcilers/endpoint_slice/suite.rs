//! What the shared suite plays to it.

use kontiki_api::meta::Key;
use kontiki_runtime::testing::{Scenario, Suite};
use serde_json::json;

use super::EndpointSlices;
use crate::scenes::{backend, namespace, service};

pub(super) fn suite() -> (Suite<EndpointSlices>, Vec<Scenario>) {
    let pods = || [backend("a", "10.0.0.1", true), backend("b", "10.0.0.2", false), backend("c", "10.0.0.3", true)];
    let start = |name| Scenario::new(name).put_together(pods().into_iter().chain([namespace("ns"), service()]));
    let service_key = || Key::new("services", "ns", "web");
    let ready = json!({"conditions": [{"type": "Ready", "status": "True"}]});
    let moving = start("pods come, become ready, and go")
        .merge_status(Key::new("pods", "ns", "b"), ready)
        .delete(Key::new("pods", "ns", "a"))
        .put([backend("d", "10.0.0.4", true)]);
    let relabelled = start("a pod is taken off by its labels")
        .merge(Key::new("pods", "ns", "c"), json!({"metadata": {"labels": {"app": "db"}}}));
    let gone = start("what is written goes with its Service").delete(service_key());
    let renumbered = start("ports change")
        .merge(service_key(), json!({"spec": {"ports": [{"name": "http", "port": 80, "targetPort": "web", "protocol": "TCP"}, {"name": "admin", "port": 81, "protocol": "TCP"}]}}));
    (Suite::new(EndpointSlices), vec![moving, relabelled, gone, renumbered])
}
