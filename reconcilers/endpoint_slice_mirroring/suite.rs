//! What the shared suite plays to it.

use kontiki_api::meta::Key;
use kontiki_runtime::testing::{Scenario, Suite};
use serde_json::{Value, json};

use super::EndpointSliceMirroring;
use crate::scenes::{changed, namespace, object};

pub(super) fn suite() -> (Suite<EndpointSliceMirroring>, Vec<Scenario>) {
    let key = || Key::new("endpoints", "ns", "outside");
    let service = |selector: Value| {
        changed(object("v1", "Service", "ns", "outside"), |service| service["spec"] = json!({"selector": selector}))
    };
    let endpoints = changed(object("v1", "Endpoints", "ns", "outside"), |endpoints| {
        endpoints["subsets"] = json!([{
            "addresses": [{"ip": "192.0.2.1"}, {"ip": "2001:db8::1"}], "notReadyAddresses": [{"ip": "192.0.2.2"}],
            "ports": [{"port": 5432, "protocol": "TCP"}],
        }]);
    });
    let start = |name| Scenario::new(name).put_together([namespace("ns"), endpoints.clone(), service(Value::Null)]);
    let changing = start("slices follow the Endpoints")
        .merge(key(), json!({"subsets": [{"addresses": [{"ip": "192.0.2.3"}], "ports": [{"port": 5432, "protocol": "TCP"}]}]}));
    let skipped = start("a label takes them away")
        .merge(key(), json!({"metadata": {"labels": {"endpointslice.kubernetes.io/skip-mirror": "true"}}}));
    let selecting = start("so does a selector").put([service(json!({"app": "web"}))]);
    (Suite::new(EndpointSliceMirroring), vec![changing, skipped, selecting])
}
