//! The reconciler of this node's packet rules.

use kontiki_runtime::plan::{Plan, Stuck};
use kontiki_runtime::reconciler::{Pass, Reconciler};
use kontiki_runtime::world::{Triggers, World};

use super::{ProxyConfig, Ruleset, ruleset};
use crate::keep::keep;
use crate::view::{ServiceView, SliceView};

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
    }

    fn reconcile(&self, world: &World, pass: &Pass<'_, (), Ruleset>) -> Result<Plan<Ruleset>, Stuck> {
        Ok(keep(ruleset(world, &self.config), pass))
    }
}
