//! One pass over one namespace.

use kontiki_api::Text;
use kontiki_api::meta::NsName;
use kontiki_api::view::{ConfigMap, Namespace};
use kontiki_runtime::effect::Never;
use kontiki_runtime::plan::{Intent, Plan, Stuck};
use kontiki_runtime::reconciler::{Pass, Reconciler};
use kontiki_runtime::world::{Triggers, World};
use serde_json::json;

use crate::common::intents::merge;

const NAME: &str = "kube-root-ca.crt";
const DESCRIPTION: &str = "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints \
                           such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across \
                           distributions of Kubernetes clusters.";

/// Publishes the certificates that clients in pods trust the API server by.
#[derive(Clone, Debug, Default)]
pub struct RootCa {
    /// The certificates, PEM.
    pub ca_pem: Text,
}

impl Reconciler for RootCa {
    const NAME: &'static str = "root-ca";
    type Key = Text;
    type Effect = Never;

    fn triggers(on: &mut Triggers<Text>) {
        on.own::<Namespace>(|name| name.name);
        on.mapped::<ConfigMap>(|_, before, after| {
            let named = [before, after].into_iter().flatten().filter(|map| **map.name() == *NAME);
            named.map(|map| map.namespace().clone()).collect()
        });
    }

    fn reconcile(&self, world: &World, pass: &Pass<'_, Text, Never>) -> Result<Plan, Stuck> {
        Ok(Plan::of(pass.keys.iter().filter_map(|namespace| self.publish(world, namespace)).collect()))
    }
}

impl RootCa {
    fn publish(&self, world: &World, namespace: &Text) -> Option<Intent> {
        let holder = world.get::<Namespace>(&NsName::new("", namespace.clone()))?;
        if holder.head().deleted.is_some() || &*holder.status.phase == "Terminating" {
            return None;
        }
        let data = json!({ "ca.crt": self.ca_pem });
        match world.get::<ConfigMap>(&NsName::new(namespace.clone(), NAME)) {
            Some(map) if map.data.ca_crt.as_ref() == Some(&self.ca_pem) => None,
            Some(map) => Some(merge(map.precondition(), json!({ "data": data }))),
            None => Some(Intent::Create {
                object: json!({
                    "apiVersion": "v1", "kind": "ConfigMap",
                    "metadata": {
                        "name": NAME, "namespace": namespace,
                        "annotations": { "kubernetes.io/description": DESCRIPTION },
                    },
                    "data": data,
                }),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_namespace_knows_the_authority_of_the_cluster() {
        let root_ca = RootCa { ca_pem: "PEM".into() };
        kontiki_runtime::testing::pair_with(&root_ca, concat!(env!("CARGO_MANIFEST_DIR"), "/root_ca/testdata"));
    }
}
