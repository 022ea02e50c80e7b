//! One pass over one Service.

use std::collections::BTreeMap;

use kontiki_api::Text;
use kontiki_api::meta::NsName;
use kontiki_api::view::{EndpointAddress, EndpointPort, EndpointSubset, Endpoints, Pod, Service};
use kontiki_runtime::effect::Never;
use kontiki_runtime::plan::{Intent, Plan, Stuck};
use kontiki_runtime::reconciler::{Pass, Reconciler};
use kontiki_runtime::world::{Seen, Triggers, World};
use serde_json::{Map, Value, json};

use crate::common::backends::{backends, hostname, is_managed, ports, services_of, target};
use crate::common::intents::{delete, merge};

/// Label of Endpoints that this reconciler writes.
const MANAGED_BY: &str = "endpoints.kubernetes.io/managed-by";
/// Label of Endpoints of a headless Service.
const HEADLESS: &str = "service.kubernetes.io/headless";

/// Writes the Endpoints of every Service that selects pods.
#[derive(Clone, Copy, Debug, Default)]
pub struct EndpointsReconciler;

impl Reconciler for EndpointsReconciler {
    const NAME: &'static str = "endpoints";
    type Key = NsName;
    type Effect = Never;

    fn triggers(on: &mut Triggers<NsName>) {
        on.own::<Service>(|name| name);
        on.own::<Endpoints>(|name| name);
        on.mapped::<Pod>(|world, before, after| {
            [before, after].into_iter().flatten().flat_map(|pod| services_of(world, pod)).collect()
        });
    }

    fn reconcile(&self, world: &World, pass: &Pass<'_, NsName, Never>) -> Result<Plan, Stuck> {
        Ok(Plan::of(pass.keys.iter().filter_map(|key| endpoints(world, key)).collect()))
    }
}

fn endpoints(world: &World, key: &NsName) -> Option<Intent> {
    let found = world.get::<Endpoints>(key);
    let Some(service) = world.get::<Service>(key) else {
        let ours = found.filter(|found| found.head().label(MANAGED_BY).is_some());
        return ours.map(|found| delete(found.precondition()));
    };
    if !is_managed(service) || service.head().deleted.is_some() {
        return None;
    }
    let (labels, subsets) = (labels(service), subsets(world, service));
    let Some(found) = found else {
        let metadata = json!({ "name": key.name, "namespace": key.namespace, "labels": labels });
        let object = json!({ "apiVersion": "v1", "kind": "Endpoints", "metadata": metadata, "subsets": subsets });
        return Some(Intent::Create { object });
    };
    let labelled = labels.iter().all(|(name, value)| found.head().label(name) == value.as_str());
    if labelled && found.subsets == subsets {
        return None;
    }
    Some(merge(found.precondition(), json!({ "metadata": { "labels": labels }, "subsets": subsets })))
}

fn labels(service: &Seen<Service>) -> Map<String, Value> {
    let own = service.head().labels.iter().map(|(name, value)| (name.to_string(), Value::from(&**value)));
    let mut labels: Map<String, Value> = own.collect();
    labels.insert(MANAGED_BY.into(), "endpoint-controller".into());
    if service.is_headless() {
        labels.insert(HEADLESS.into(), "".into());
    }
    labels
}

fn subsets(world: &World, service: &Seen<Service>) -> Vec<EndpointSubset> {
    let mut by_ports: BTreeMap<Vec<EndpointPort>, EndpointSubset> = BTreeMap::new();
    let not_ready_too = service.spec.publish_not_ready_addresses;
    for pod in backends(world, service).filter(|pod| not_ready_too || pod.head().deleted.is_none()) {
        let mut ports = ports(service, pod);
        ports.sort();
        if ports.is_empty() && !service.spec.ports.is_empty() {
            continue;
        }
        ports.iter_mut().for_each(|port| port.name = port.name.take().filter(|name| !name.is_empty()));
        let subset = by_ports.entry(ports.clone()).or_insert_with(|| EndpointSubset { ports, ..EndpointSubset::default() });
        let side = if not_ready_too || pod.is_ready() { &mut subset.addresses } else { &mut subset.not_ready_addresses };
        side.push(address(service, pod));
    }
    let mut subsets: Vec<EndpointSubset> = by_ports.into_values().collect();
    for subset in &mut subsets {
        subset.addresses.sort();
        subset.not_ready_addresses.sort();
    }
    subsets
}

fn address(service: &Seen<Service>, pod: &Seen<Pod>) -> EndpointAddress {
    let node: &Text = &pod.spec.node_name;
    EndpointAddress {
        ip: pod.status.pod_ip.clone(),
        hostname: hostname(service, pod),
        node_name: (!node.is_empty()).then(|| node.clone()),
        target_ref: Some(target(pod)),
    }
}
