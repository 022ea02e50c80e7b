//! One pass over one Service and the Endpoints of its name.

use kontiki_api::meta::NsName;
use kontiki_api::view::{EndpointSlice, Endpoints, Service};
use kontiki_runtime::effect::Never;
use kontiki_runtime::plan::{Intent, Plan, Stuck};
use kontiki_runtime::reconciler::{Pass, Reconciler, Seed};
use kontiki_runtime::world::{Index, Seen, Triggers, World};
use serde_json::{Map, Value, json};

use super::desired::desired;
use crate::common::intents::delete;
use crate::common::owners::controller_ref;
use crate::common::slices::bring;

/// Label that names the Service of a slice.
const SERVICE: &str = "kubernetes.io/service-name";
/// Label that says whose slice it is.
const MANAGED_BY: &str = "endpointslice.kubernetes.io/managed-by";
/// Our value of it, as upstream's controller writes it.
const US: &str = "endpointslicemirroring-controller.k8s.io";
/// Label of Endpoints that are not to be mirrored.
const SKIP: &str = "endpointslice.kubernetes.io/skip-mirror";
/// Annotation of Endpoints that only serve to elect a leader.
const LEADER: &str = "control-plane.alpha.kubernetes.io/leader";
/// Annotations that are not copied: they are about the Endpoints alone.
const OWN: [&str; 2] = ["kubectl.kubernetes.io/last-applied-configuration", "endpoints.kubernetes.io/last-change-trigger-time"];

/// Writes the slices of Services that select nothing and whose Endpoints are written by others.
#[derive(Clone, Copy, Debug, Default)]
pub struct EndpointSliceMirroring;

/// Mirrored slices by their Service.
#[derive(Debug)]
pub enum Mirrored {}

impl Index for Mirrored {
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

impl Reconciler for EndpointSliceMirroring {
    const NAME: &'static str = "endpointslicemirroring";
    type Key = NsName;
    type Effect = Never;

    fn triggers(on: &mut Triggers<NsName>) {
        on.own::<Endpoints>(|name| name);
        on.own::<Service>(|name| name);
        on.index::<Mirrored>();
        on.mapped::<EndpointSlice>(|_, before, after| [before, after].into_iter().flatten().filter_map(service_of).collect());
    }

    fn reconcile(&self, world: &World, pass: &Pass<'_, NsName, Never>) -> Result<Plan, Stuck> {
        Ok(Plan::of(pass.keys.iter().flat_map(|key| mirror(world, key, pass.seed)).collect()))
    }
}

fn mirror(world: &World, key: &NsName, seed: Seed) -> Vec<Intent> {
    let found = world.indexed::<Mirrored>(key);
    let selects_nothing = world.get::<Service>(key).is_some_and(|service| service.spec.selector.is_none());
    match world.get::<Endpoints>(key).filter(|endpoints| selects_nothing && is_mirrored(endpoints)) {
        Some(endpoints) => {
            bring(found, desired(endpoints), |nth, slice| create(endpoints, slice, &seed.suffix(&endpoints.uid(), nth)))
        }
        None => found.map(|slice| delete(slice.precondition())).collect(),
    }
}

fn is_mirrored(endpoints: &Seen<Endpoints>) -> bool {
    endpoints.head().deleted.is_none()
        && endpoints.head().label(SKIP) != Some("true")
        && endpoints.metadata.annotation(LEADER).is_none()
}

fn create(endpoints: &Seen<Endpoints>, slice: &EndpointSlice, suffix: &str) -> Intent {
    let own = endpoints.head().labels.iter().map(|(name, value)| (name.to_string(), Value::from(&**value)));
    let mut labels: Map<String, Value> = own.collect();
    labels.insert(SERVICE.into(), Value::from(&**endpoints.name()));
    labels.insert(MANAGED_BY.into(), US.into());
    let annotations = endpoints.metadata.annotations.iter().filter(|(name, _)| !OWN.contains(&&***name));
    let annotations: Map<String, Value> = annotations.map(|(name, value)| (name.to_string(), Value::from(&**value))).collect();
    let mut metadata = json!({
        "name": format!("{}-{suffix}", endpoints.name()), "namespace": endpoints.namespace(),
        "labels": labels, "ownerReferences": [controller_ref(endpoints)],
    });
    if !annotations.is_empty() {
        metadata["annotations"] = annotations.into();
    }
    let object = json!({
        "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": metadata,
        "addressType": slice.address_type, "endpoints": slice.endpoints, "ports": slice.ports,
    });
    Intent::Create { object }
}
