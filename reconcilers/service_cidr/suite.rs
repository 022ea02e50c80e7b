//! What the shared suite plays to it.

use std::time::Duration;

use kontiki_api::meta::Key;
use kontiki_runtime::testing::{Scenario, Suite};
use serde_json::{Value, json};

use super::ServiceCidrs;
use crate::scenes::{changed, object};

pub(super) fn suite() -> (Suite<ServiceCidrs>, Vec<Scenario>) {
    let key = |name: &str| Key::new("servicecidrs.networking.k8s.io", "", name);
    let address = Key::new("ipaddresses.networking.k8s.io", "", "10.96.0.10");
    let used = Scenario::new("a range stays while an address of it is given out")
        .put_together([range("own", "10.96.0.0/16"), given("10.96.0.10")])
        .delete(key("own"))
        .delete(address)
        .wait(Duration::from_secs(15));
    let wider = Scenario::new("a range inside of another goes")
        .put_together([range("own", "10.96.0.0/16"), range("wide", "10.96.0.0/12"), given("10.96.0.10")])
        .delete(key("own"))
        .wait(Duration::from_secs(15));
    (Suite::new(ServiceCidrs), vec![used, wider])
}

fn range(name: &str, cidr: &str) -> Value {
    changed(object("networking.k8s.io/v1", "ServiceCIDR", "", name), |range| {
        range["spec"] = json!({"cidrs": [cidr]});
    })
}

fn given(address: &str) -> Value {
    changed(object("networking.k8s.io/v1", "IPAddress", "", address), |given| {
        given["metadata"]["labels"] = json!({"ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io"});
        given["spec"] = json!({"parentRef": {"resource": "services", "namespace": "ns", "name": "web"}});
    })
}
