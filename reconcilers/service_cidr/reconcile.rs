//! One pass over one ServiceCIDR.

use std::net::IpAddr;
use std::time::Duration;

use kontiki_api::Text;
use kontiki_api::meta::NsName;
use kontiki_api::time::Time;
use kontiki_api::view::{IpAddress, ServiceCidr, View};
use kontiki_runtime::effect::Never;
use kontiki_runtime::plan::{Intent, Plan, Stuck};
use kontiki_runtime::reconciler::{Pass, Reconciler};
use kontiki_runtime::world::{Seen, Triggers, World};
use serde_json::json;

use crate::common::CATCH_UP;
use crate::common::cidr::Cidr;
use crate::common::finalizers::{add, has, remove};
use crate::common::intents::merge_status;
use crate::common::plans::join;

/// What holds a range.
const FINALIZER: &str = "networking.k8s.io/service-cidr-finalizer";
/// Who gives out the addresses of Services, as their label says.
const ALLOCATOR: &str = "ipallocator.k8s.io";
const MANAGED_BY: &str = "ipaddress.kubernetes.io/managed-by";
/// How long a range that goes stays at least: until no server gives out its addresses any more.
const GRACE: Duration = Duration::from_secs(10);
const READY: &str = "Kubernetes Service CIDR is ready";
const IN_USE: &str = "There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR";

/// Keeps the finalizer and the condition `Ready` of every range.
#[derive(Clone, Copy, Debug, Default)]
pub struct ServiceCidrs;

impl Reconciler for ServiceCidrs {
    const NAME: &'static str = "service-cidr";
    type Key = Text;
    type Effect = Never;

    fn triggers(on: &mut Triggers<Text>) {
        on.mapped::<ServiceCidr>(|world, before, after| {
            let own = [before, after].into_iter().flatten().map(|range| range.name().clone());
            own.chain(going(world)).collect()
        });
        on.mapped::<IpAddress>(|world, _, _| going(world).collect());
    }

    fn reconcile(&self, world: &World, pass: &Pass<'_, Text, Never>) -> Result<Plan, Stuck> {
        let mut plan = Plan::done();
        for range in pass.keys.iter().filter_map(|name| world.get::<ServiceCidr>(&NsName::new("", name.clone()))) {
            match range.head().deleted {
                None if !has(range, FINALIZER) => plan.push(add(range, FINALIZER)),
                None => plan.intents.extend(tell(range, "True", "", READY, pass.now)),
                Some(_) if !has(range, FINALIZER) => {}
                Some(deleted) => plan = join(plan, let_go(world, range, deleted, pass.now)),
            }
        }
        Ok(plan)
    }
}

/// The ranges that are being deleted: any change of ranges or addresses may let them go.
fn going(world: &World) -> impl Iterator<Item = Text> {
    world.list::<ServiceCidr>().filter(|range| range.head().deleted.is_some()).map(|range| range.name().clone())
}

fn let_go(world: &World, range: &Seen<ServiceCidr>, deleted: Time, now: Time) -> Plan {
    if is_needed(world, range) {
        return Plan::of(tell(range, "False", "Terminating", IN_USE, now).into_iter().collect());
    }
    if !world.covers(&IpAddress::RESOURCE.into(), range.object.revision) {
        return Plan::done().after(CATCH_UP);
    }
    let due = deleted.plus(GRACE);
    if due > now { Plan::done().after(due.since(now)) } else { Plan::of(vec![remove(range, FINALIZER)]) }
}

/// Whether a Service would be left with an address of no range. Ranges that lie inside of others may always go.
fn is_needed(world: &World, range: &Seen<ServiceCidr>) -> bool {
    let others = || world.list::<ServiceCidr>().filter(|other| other.name() != range.name());
    let is_inside = |own: &Text| {
        let own = Cidr::parse(own);
        own.is_some_and(|own| others().flat_map(ranges).any(|other| other.contains(own)))
    };
    if range.spec.cidrs.iter().all(is_inside) {
        return false;
    }
    let addresses = world.list::<IpAddress>().filter(|address| address.head().label(MANAGED_BY) == Some(ALLOCATOR));
    addresses.filter_map(|address| address.name().parse::<IpAddr>().ok()).any(|address| {
        let held = |by: &Seen<ServiceCidr>| ranges(by).any(|range| range.holds(address));
        held(range) && !others().any(held)
    })
}

fn ranges(of: &Seen<ServiceCidr>) -> impl Iterator<Item = Cidr> {
    of.spec.cidrs.iter().filter_map(|text| Cidr::parse(text))
}

/// The patch of `status` where the condition `Ready` does not say so yet; other conditions stay.
fn tell(range: &Seen<ServiceCidr>, status: &str, reason: &str, message: &str, now: Time) -> Option<Intent> {
    let known = kontiki_api::view::condition(&range.status.conditions, "Ready");
    let same = known.filter(|ready| &*ready.status == status);
    // The server itself calls its own range ready, in other words.
    if same.is_some_and(|ready| status == "True" || &*ready.reason == reason && &*ready.message == message) {
        return None;
    }
    let ready = json!({
        "type": "Ready", "status": status, "reason": reason, "message": message, "lastTransitionTime": now.seconds(),
    });
    let value = range.object.to_value();
    let others = value.pointer("/status/conditions").and_then(serde_json::Value::as_array).into_iter().flatten();
    let conditions: Vec<_> = others.filter(|condition| condition["type"] != "Ready").cloned().chain([ready]).collect();
    Some(merge_status(range.precondition(), json!({ "conditions": conditions })))
}
