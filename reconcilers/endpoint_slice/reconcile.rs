//! One pass over one Service.

use kontiki_api::meta::NsName;
use kontiki_api::view::{EndpointSlice, Pod, Service};
use kontiki_runtime::effect::Never;
use kontiki_runtime::plan::{Intent, Plan, Stuck};
use kontiki_runtime::reconciler::{Pass, Reconciler, Seed};
use kontiki_runtime::world::{Index, Seen, Triggers, World};
use serde_json::{Value, json};

use super::desired::desired;
use crate::common::backends::{is_managed, services_of};
use crate::common::intents::delete;
use crate::common::owners::controller_ref;
use crate::common::slices::bring;

/// Label that names the Service of a slice.
const SERVICE: &str = "kubernetes.io/service-name";
/// Label that says whose slice it is.
const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
/// Our value of it, as upstream's controller writes it.
const US: &str = "endpointslice-controller.k8s.io";
/// Label of slices of a headless Service.
const HEADLESS: &str = "service.kubernetes.io/headless";

/// Writes the slices of every Service that selects pods.
#[derive(Clone, Copy, Debug, Default)]
pub struct EndpointSlices;

/// Our slices by their Service.
pub struct ByService;

impl Index for ByService {
    type View = EndpointSlice;
    type Key = NsName;

    fn keys(slice: &Seen<EndpointSlice>) -> Vec<NsName> {
        service_of(slice).into_iter().collect()
    }
}

fn service_of(slice: &Seen<EndpointSlice>) -> Option<NsName> {
    slice.head().label(MANAGED_BY).filter(|owner| *owner == US)?;
    Some(NsName::new(slice.namespace().clone(), slice.head().label(SERVICE)?))
}

impl Reconciler for EndpointSlices {
    const NAME: &'static str = "endpoint-slice";
    type Key = NsName;
    type Effect = Never;

    fn triggers(on: &mut Triggers<NsName>) {
        on.own::<Service>(|name| name);
        on.index::<ByService>();
        on.mapped::<EndpointSlice>(|_, before, after| [before, after].into_iter().flatten().filter_map(service_of).collect());
        on.mapped::<Pod>(|world, before, after| {
            [before, after].into_iter().flatten().flat_map(|pod| services_of(world, pod)).collect()
        });
    }

    fn reconcile(&self, world: &World, pass: &Pass<'_, NsName, Never>) -> Result<Plan, Stuck> {
        Ok(Plan::of(pass.keys.iter().flat_map(|key| slices(world, key, pass.seed)).collect()))
    }
}

fn slices(world: &World, key: &NsName, seed: Seed) -> Vec<Intent> {
    let found = world.indexed::<ByService>(key);
    let service = world.get::<Service>(key).filter(|service| is_managed(service) && service.head().deleted.is_none());
    let Some(service) = service else {
        return found.map(|slice| delete(slice.precondition())).collect();
    };
    bring(found, desired(world, service), |nth, slice| create(service, slice, &seed.suffix(&service.uid(), nth)))
}

fn create(service: &Seen<Service>, slice: &EndpointSlice, suffix: &str) -> Intent {
    let mut labels: serde_json::Map<String, Value> =
        service.head().labels.iter().map(|(name, value)| (name.to_string(), Value::from(&**value))).collect();
    labels.insert(SERVICE.into(), Value::from(&**service.name()));
    labels.insert(MANAGED_BY.into(), US.into());
    if service.is_headless() {
        labels.insert(HEADLESS.into(), "".into());
    }
    let metadata = json!({
        "name": format!("{}-{suffix}", service.name()), "namespace": service.namespace(),
        "labels": labels, "ownerReferences": [controller_ref(service)],
    });
    let object = json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": metadata,
        "addressType": slice.address_type, "endpoints": slice.endpoints, "ports": slice.ports,
    });
    Intent::Create { object }
}
