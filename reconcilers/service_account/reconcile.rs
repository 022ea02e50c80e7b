//! One pass over one namespace.

use kontiki_api::Text;
use kontiki_api::meta::NsName;
use kontiki_api::view::{Namespace, ServiceAccount};
use kontiki_runtime::effect::Never;
use kontiki_runtime::plan::{Intent, Plan, Stuck};
use kontiki_runtime::reconciler::{Pass, Reconciler};
use kontiki_runtime::world::{Seen, Triggers, World};
use serde_json::json;

const NAME: &str = "default";

/// Makes the `default` service account of each namespace, again where it is deleted.
#[derive(Clone, Copy, Debug, Default)]
pub struct DefaultServiceAccount;

impl Reconciler for DefaultServiceAccount {
    const NAME: &'static str = "service-account";
    type Key = Text;
    type Effect = Never;

    fn triggers(on: &mut Triggers<Text>) {
        on.own::<Namespace>(|name| name.name);
        on.mapped::<ServiceAccount>(|_, before, after| {
            let named = [before, after].into_iter().flatten().filter(|account| **account.name() == *NAME);
            named.map(|account| account.namespace().clone()).collect()
        });
    }

    fn reconcile(&self, world: &World, pass: &Pass<'_, Text, Never>) -> Result<Plan, Stuck> {
        let namespaces = pass.keys.iter().filter(|name| is_active(world, name));
        let lacking = namespaces.filter(|name| world.get::<ServiceAccount>(&NsName::new((*name).clone(), NAME)).is_none());
        let create = |namespace: &Text| Intent::Create {
            object: json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": NAME, "namespace": namespace } }),
        };
        Ok(Plan::of(lacking.map(create).collect()))
    }
}

fn is_active(world: &World, name: &Text) -> bool {
    let namespace: Option<&Seen<Namespace>> = world.get(&NsName::new("", name.clone()));
    namespace.is_some_and(|namespace| namespace.head().deleted.is_none() && &*namespace.status.phase != "Terminating")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_namespace_gets_a_default_service_account() {
        kontiki_runtime::testing::pair::<DefaultServiceAccount>(concat!(env!("CARGO_MANIFEST_DIR"), "/service_account/testdata"));
    }
}
