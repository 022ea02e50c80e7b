//! The reconciler that keeps cluster DNS up to date.

use kontiki_runtime::plan::{Plan, Stuck};
use kontiki_runtime::reconciler::{Pass, Reconciler};
use kontiki_runtime::world::{Triggers, World};

use super::{Zone, zone};
use crate::keep::keep;
use crate::view::{ServiceView, SliceView};

/// Wants the zone to be what Services and EndpointSlices say.
#[derive(Clone, Copy, Debug)]
pub struct DnsReconciler;

impl Reconciler for DnsReconciler {
    const NAME: &'static str = "dns";
    type Key = ();
    type Effect = Zone;

    fn triggers(on: &mut Triggers<()>) {
        on.own::<ServiceView>(|_| ());
        on.own::<SliceView>(|_| ());
    }

    fn reconcile(&self, world: &World, pass: &Pass<'_, (), Zone>) -> Result<Plan<Zone>, Stuck> {
        Ok(keep(zone(world), pass))
    }
}
