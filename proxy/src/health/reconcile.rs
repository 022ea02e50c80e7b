//! The reconciler of the health-check ports.

use std::collections::BTreeSet;

use kontiki_runtime::plan::{Plan, Stuck};
use kontiki_runtime::reconciler::{Pass, Reconciler};
use kontiki_runtime::world::{Seen, Triggers, World};

use super::{HealthCheck, HealthChecks};
use crate::keep::keep;
use crate::rules::{by_service, on_node};
use crate::view::{ServiceView, SliceView};

/// Wants every `healthCheckNodePort` to tell how many endpoints are here.
#[derive(Clone, Debug)]
pub struct HealthReconciler {
    /// This node's name.
    pub node: String,
}

impl Reconciler for HealthReconciler {
    const NAME: &'static str = "proxy-health";
    type Key = ();
    type Effect = HealthChecks;

    fn triggers(on: &mut Triggers<()>) {
        on.own::<ServiceView>(|_| ());
        on.own::<SliceView>(|_| ());
    }

    fn reconcile(&self, world: &World, pass: &Pass<'_, (), HealthChecks>) -> Result<Plan<HealthChecks>, Stuck> {
        Ok(keep(self.checks(world), pass))
    }
}

impl HealthReconciler {
    fn checks(&self, world: &World) -> HealthChecks {
        let slices = by_service(world);
        let asked = world.list::<ServiceView>().filter(|service| service.spec.health_check_node_port != 0);
        let asked = asked.filter(|service| service.spec.external_traffic_policy == "Local");
        let ports = asked.map(|service| {
            let of_service = slices.get(&(&**service.namespace(), &**service.name())).map_or(&[][..], Vec::as_slice);
            let check = HealthCheck {
                namespace: service.namespace().to_string(),
                service: service.name().to_string(),
                local_endpoints: self.local(of_service),
            };
            (service.spec.health_check_node_port, check)
        });
        HealthChecks { ports: ports.collect() }
    }

    fn local(&self, slices: &[&Seen<SliceView>]) -> usize {
        let endpoints = slices.iter().flat_map(|slice| &slice.endpoints);
        let ready = endpoints.filter(|endpoint| endpoint.conditions.ready.unwrap_or(true) && on_node(endpoint, &self.node));
        ready.filter_map(|endpoint| endpoint.addresses.first()).collect::<BTreeSet<_>>().len()
    }
}
