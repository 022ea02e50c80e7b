//! One pass over one address.

use std::net::IpAddr;
use std::time::Duration;

use kontiki_api::Text;
use kontiki_api::meta::NsName;
use kontiki_api::time::Time;
use kontiki_api::view::{IpAddress, Service, View};
use kontiki_runtime::effect::Never;
use kontiki_runtime::plan::{Intent, Plan, Stuck};
use kontiki_runtime::reconciler::{Pass, Reconciler};
use kontiki_runtime::world::{Index, Seen, Triggers, World};
use serde_json::json;

use crate::common::CATCH_UP;
use crate::common::intents::{delete, warning};
use crate::common::plans::join;

/// Who gives out the addresses of Services, as their label says.
const ALLOCATOR: &str = "ipallocator.k8s.io";
const MANAGED_BY: &str = "ipaddress.kubernetes.io/managed-by";
const FAMILY: &str = "ipaddress.kubernetes.io/ip-family";
/// How long an address without a Service is left alone: one may be on its way.
const GRACE: Duration = Duration::from_secs(60);

/// Keeps the addresses of Services reserved.
#[derive(Clone, Copy, Debug, Default)]
pub struct IpAddresses;

/// Services by their addresses.
struct ByAddress;

impl Index for ByAddress {
    type View = Service;
    type Key = Text;

    fn keys(service: &Seen<Service>) -> Vec<Text> {
        let address = &service.spec.cluster_ip;
        let external = &*service.spec.r#type == "ExternalName";
        if external || address.parse::<IpAddr>().is_err() { Vec::new() } else { vec![address.clone()] }
    }
}

impl Reconciler for IpAddresses {
    const NAME: &'static str = "ip-address";
    type Key = Text;
    type Effect = Never;

    fn triggers(on: &mut Triggers<Text>) {
        on.index::<ByAddress>();
        on.own::<IpAddress>(|name| name.name);
        on.mapped::<Service>(|_, before, after| [before, after].into_iter().flatten().flat_map(ByAddress::keys).collect());
    }

    fn reconcile(&self, world: &World, pass: &Pass<'_, Text, Never>) -> Result<Plan, Stuck> {
        let mut plan = Plan::done();
        for address in pass.keys {
            let found = world.get::<IpAddress>(&NsName::new("", address.clone()));
            let holder = world.indexed::<ByAddress>(address).min_by_key(|service| service.ns_name());
            let own = match (found, holder) {
                (None, Some(service)) => missing(world, address, service),
                (Some(found), Some(_)) => Plan::of(wrong(world, found).into_iter().collect()),
                (Some(found), None) => orphan(world, found, pass.now),
                (None, None) => Plan::done(),
            };
            plan = join(plan, own);
        }
        Ok(plan)
    }
}

/// The address of a Service that nobody has noted is noted again.
fn missing(world: &World, address: &Text, service: &Seen<Service>) -> Plan {
    if !world.covers(&IpAddress::RESOURCE.into(), service.object.revision) {
        return Plan::done().after(CATCH_UP);
    }
    let family = family(address);
    let object = json!({
        "apiVersion": IpAddress::API_VERSION, "kind": IpAddress::KIND,
        "metadata": {"name": address, "labels": {FAMILY: family, MANAGED_BY: ALLOCATOR}},
        "spec": {"parentRef": {
            "group": "", "resource": "services", "namespace": service.namespace(), "name": service.name(),
        }},
    });
    let told = format!("Cluster IP [{family}]: {address} is not allocated; repairing");
    Plan::of(vec![warning(service, "ClusterIPNotAllocated", told), Intent::Create { object }])
}

/// The deletion of a note that speaks of none of the Services that have the address, or lacks its labels: a right one
/// follows.
fn wrong(world: &World, found: &Seen<IpAddress>) -> Option<Intent> {
    let parent = &found.spec.parent_ref;
    let is_parent = |service: &Seen<Service>| *service.namespace() == parent.namespace && *service.name() == parent.name;
    let right = is_of_service(found) && world.indexed::<ByAddress>(found.name()).any(is_parent);
    let labelled = is_managed(found) && found.head().label(FAMILY) == Some(family(found.name()));
    (!(right && labelled) && found.head().deleted.is_none()).then(|| delete(found.precondition()))
}

/// What was noted for a Service that does not have it goes after a while.
fn orphan(world: &World, found: &Seen<IpAddress>, now: Time) -> Plan {
    if !is_managed(found) || found.head().deleted.is_some() {
        return Plan::done();
    }
    if !world.covers(&Service::RESOURCE.into(), found.object.revision) {
        return Plan::done().after(CATCH_UP);
    }
    let due = found.head().created.plus(GRACE);
    if due > now && is_of_service(found) {
        Plan::done().after(due.since(now))
    } else {
        Plan::of(vec![delete(found.precondition())])
    }
}

fn is_of_service(found: &Seen<IpAddress>) -> bool {
    let parent = &found.spec.parent_ref;
    parent.group.is_empty() && &*parent.resource == "services"
}

fn is_managed(found: &Seen<IpAddress>) -> bool {
    found.head().label(MANAGED_BY) == Some(ALLOCATOR)
}

fn family(address: &str) -> &'static str {
    if address.contains(':') { "IPv6" } else { "IPv4" }
}
