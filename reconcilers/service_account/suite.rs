//! What the shared suite plays to it.

use kontiki_api::meta::Key;
use kontiki_runtime::testing::{Scenario, Suite};

use super::DefaultServiceAccount;
use crate::scenes::{namespace, object};

pub(super) fn suite() -> (Suite<DefaultServiceAccount>, Vec<Scenario>) {
    let made = Scenario::new("every namespace has an account, again where it is deleted")
        .put_together([namespace("a"), namespace("b"), object("v1", "ServiceAccount", "b", "builder")])
        .delete(Key::new("serviceaccounts", "a", "default"));
    let going = Scenario::new("a namespace that goes gets none").put([namespace("a")]).delete(Key::new("namespaces", "", "a"));
    (Suite::new(DefaultServiceAccount), vec![made, going])
}
