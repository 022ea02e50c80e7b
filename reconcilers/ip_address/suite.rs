//! What the shared suite plays to it.

use std::time::Duration;

use kontiki_api::meta::Key;
use kontiki_runtime::testing::{Scenario, Suite};
use serde_json::{Value, json};

use super::IpAddresses;
use crate::scenes::{changed, namespace, object};

pub(super) fn suite() -> (Suite<IpAddresses>, Vec<Scenario>) {
    let web = Key::new("services", "ns", "web");
    let address = Key::new("ipaddresses.networking.k8s.io", "", "10.96.0.10");
    let again = Scenario::new("an address that somebody deletes is noted again")
        .put_together([namespace("ns"), service(), noted("web")])
        .delete(address)
        .delete(web)
        .wait(Duration::from_secs(90));
    let strange = Scenario::new("an address noted for somebody else is noted anew").put_together([
        namespace("ns"),
        service(),
        noted("other"),
    ]);
    let orphan = Scenario::new("an address of no Service goes").put([noted("web")]).wait(Duration::from_secs(90));
    let suite = Suite::new(IpAddresses).leaves("ipaddresses.networking.k8s.io").leaves("events");
    (suite, vec![again, strange, orphan])
}

fn service() -> Value {
    changed(object("v1", "Service", "ns", "web"), |service| {
        service["spec"] = json!({"type": "ClusterIP", "clusterIP": "10.96.0.10"});
    })
}

fn noted(service: &str) -> Value {
    changed(object("networking.k8s.io/v1", "IPAddress", "", "10.96.0.10"), |noted| {
        noted["metadata"]["labels"] = json!({
            "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io", "ipaddress.kubernetes.io/ip-family": "IPv4",
        });
        noted["spec"] = json!({"parentRef": {"resource": "services", "namespace": "ns", "name": service}});
    })
}
