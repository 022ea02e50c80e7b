//! The reconciler of this node's packet rules.

use kontiki_api::meta::Resource;
use kontiki_runtime::client::{Interest, Selection};
use kontiki_runtime::plan::{Plan, Stuck};
use kontiki_runtime::reconciler::{Pass, Reconciler};
use kontiki_runtime::world::{Triggers, World};

use super::{ProxyConfig, Ruleset, ruleset};
use crate::keep::keep;
use crate::view::{PodView, ServiceView, SliceView};

/// Wants the node's packet rules to be what Services and EndpointSlices say.
#[derive(Clone, Debug)]
pub struct ProxyReconciler {
    /// What the rules depend on besides the World.
    pub config: ProxyConfig,
}

impl Reconciler for ProxyReconciler {
    const NAME: &'static str = "proxy";
    type Key = ();
    type Effect = Ruleset;

    fn triggers(on: &mut Triggers<()>) {
        on.own::<ServiceView>(|_| ());
        on.own::<SliceView>(|_| ());
        on.own::<PodView>(|_| ());
    }

    fn reconcile(&self, world: &World, pass: &Pass<'_, (), Ruleset>) -> Result<Plan<Ruleset>, Stuck> {
        Ok(keep(ruleset(world, &self.config), pass))
    }
}

/// What the reconcilers of this crate hold: Services, EndpointSlices, and of the pods those of `node`.
pub fn interest(node: &str) -> Interest {
    let some = |resource: &str, api_version: &str, fields: String| Selection {
        resource: Resource::from(resource),
        api_version: api_version.into(),
        fields,
    };
    Interest::Some(vec![
        some("services", "v1", String::new()),
        some("endpointslices.discovery.k8s.io", "discovery.k8s.io/v1", String::new()),
        some("pods", "v1", format!("spec.nodeName={node}")),
    ])
}
