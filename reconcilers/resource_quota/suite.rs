//! What the shared suite plays to it.

use kontiki_api::meta::Key;
use kontiki_runtime::testing::{Scenario, Suite};
use serde_json::{Value, json};

use super::ResourceQuotas;
use crate::scenes::{changed, namespace, object, pod};

pub(super) fn suite() -> (Suite<ResourceQuotas>, Vec<Scenario>) {
    let at = |resource: &'static str, name: &str| Key::new(resource, "ns", name);
    let followed = Scenario::new("what is used follows what is there")
        .put_together([namespace("ns"), quota("all", json!([])), quota("idle", json!(["BestEffort"])), asking("a", "100m")])
        .put([asking("b", "1"), pod("ns", "c", |_| {})])
        .merge(at("pods", "a"), json!({"status": {"phase": "Succeeded"}}))
        .merge(at("resourcequotas", "all"), json!({"spec": {"hard": {"secrets": "3"}}}))
        .delete(at("pods", "b"));
    (Suite::new(ResourceQuotas), vec![followed])
}

fn quota(name: &str, scopes: Value) -> Value {
    changed(object("v1", "ResourceQuota", "ns", name), |quota| {
        quota["spec"] = json!({"hard": {"pods": "5"}, "scopes": scopes});
    })
}

fn asking(name: &str, cpu: &str) -> Value {
    pod("ns", name, |pod| pod["spec"]["containers"][0]["resources"] = json!({"requests": {"cpu": cpu}}))
}
