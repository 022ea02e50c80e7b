//! Simulated nodes' own objects.

use kontiki_api::Text;
use kontiki_api::meta::NsName;
use kontiki_runtime::effect::Never;
use kontiki_runtime::plan::{Plan, Stuck};
use kontiki_runtime::reconciler::{Pass, Reconciler};
use kontiki_runtime::world::{Triggers, World};

use super::simulated_nodes::SimulatedNodes;
use crate::node::keep;
use crate::observed::{ImageState, RuntimeState};
use crate::view::{Lease, Node};

/// Keeps Node and Lease of every simulated node.
#[derive(Clone, Debug)]
pub struct SimulatedNodeReconciler {
    /// The nodes.
    pub nodes: SimulatedNodes,
}

impl Reconciler for SimulatedNodeReconciler {
    const NAME: &'static str = "simulated-node-status";
    type Key = Text;
    type Effect = Never;

    fn triggers(on: &mut Triggers<Text>) {
        on.own::<Node>(|name| name.name);
        on.own::<Lease>(|name| name.name);
        on.observed::<ImageState>(|_, _| Vec::new());
        on.observed::<super::simulated_nodes::Wanted>(|_, name| vec![name.clone()]);
    }

    fn reconcile(&self, world: &World, pass: &Pass<'_, Text, Never>) -> Result<Plan, Stuck> {
        let Some((name, place)) = pass.keys.first().and_then(|name| Some((name, self.nodes.place(name)?))) else {
            return Ok(Plan::done());
        };
        let description = self.nodes.describe(place);
        let up = RuntimeState::Up { version: "simulated://1".into() };
        let node = world.get::<Node>(&NsName::new("", name.clone()));
        Ok(keep(&description, world, node, Some(&up), pass.now))
    }
}
