//! What the shared suite plays to it.

use kontiki_api::meta::Key;
use kontiki_runtime::testing::{Scenario, Suite};
use serde_json::json;

use super::RootCa;
use crate::scenes::{namespace, object};

pub(super) fn suite() -> (Suite<RootCa>, Vec<Scenario>) {
    let map = Key::new("configmaps", "a", "kube-root-ca.crt");
    let kept = Scenario::new("every namespace has the certificates, whatever users do")
        .put_together([namespace("a"), namespace("b"), object("v1", "ConfigMap", "b", "settings")])
        .merge(map.clone(), json!({"data": {"ca.crt": "another"}}))
        .delete(map);
    (Suite::new(RootCa { ca_pem: "PEM".into() }), vec![kept])
}
