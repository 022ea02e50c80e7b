//! What the shared suite plays to it.

use kontiki_api::meta::Key;
use kontiki_runtime::testing::{Scenario, Suite};
use serde_json::json;

use super::Tokens;
use crate::scenes::{changed, namespace, object};

pub(super) fn suite() -> (Suite<Tokens>, Vec<Scenario>) {
    let annotation = json!({"kubernetes.io/service-account.name": "builder"});
    let secret = changed(object("v1", "Secret", "ns", "mine"), |secret| {
        secret["metadata"]["annotations"] = annotation;
        secret["type"] = json!("kubernetes.io/service-account-token");
    });
    let account = || object("v1", "ServiceAccount", "ns", "builder");
    let filled = Scenario::new("a user's token Secret is filled, also where it is seen before its account").put_together([
        namespace("ns"),
        account(),
        secret.clone(),
    ]);
    let gone = Scenario::new("the Secrets of an account go with it")
        .put_together([namespace("ns"), account(), secret])
        .delete(Key::new("serviceaccounts", "ns", "builder"))
        .put([account()]);
    (Suite::new(Tokens), vec![filled, gone])
}
