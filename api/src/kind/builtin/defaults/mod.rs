//! Defaults of the built-in kinds: a table of values, and functions where a value must be computed.

mod core;
mod image;
mod pod_resources;
mod pods;
mod rules;
mod services;
mod walk;
mod workloads;

pub(super) use pod_resources::is_of_pods;
pub(super) use walk::{apply, apply_to_status};
pub(super) use workloads::labels_of_template;

use serde_json::{Map, Value, json};

/// Fills in what a struct lacks, from the struct itself.
type Compute = fn(&mut Map<String, Value>);

/// Definition and the function that computes its defaults, after those of the table and before those
/// of its members.
const COMPUTED: &[(&str, Compute)] = &[
    ("core.v1.Pod", pods::pod),
    ("core.v1.PodSpec", pods::spec),
    ("core.v1.PodStatus", pods::status),
    ("core.v1.Container", pods::container),
    ("core.v1.EphemeralContainer", pods::container),
    ("core.v1.Lifecycle", pods::lifecycle),
    ("core.v1.Volume", pods::volume),
    ("core.v1.Service", services::service),
    ("core.v1.ServicePort", services::port),
    ("core.v1.Secret", core::secret),
    ("core.v1.Namespace", core::namespace),
    ("core.v1.PersistentVolume", core::pending),
    ("core.v1.PersistentVolumeClaim", core::pending),
    ("core.v1.Node", core::node),
    ("core.v1.NodeSpec", core::node_spec),
    ("core.v1.LimitRangeItem", core::limit_range_item),
    ("core.v1.ReplicationController", workloads::replication_controller),
    ("apps.v1.DeploymentStrategy", workloads::rolling_update),
    ("apps.v1.DaemonSetUpdateStrategy", workloads::rolling_update),
    ("apps.v1.StatefulSetUpdateStrategy", workloads::rolling_update),
    ("apps.v1.StatefulSetSpec", workloads::claim_templates),
    ("batch.v1.Job", workloads::job),
    ("autoscaling.v2.HorizontalPodAutoscaler", workloads::autoscaler),
    ("autoscaling.v2.HorizontalPodAutoscalerStatus", workloads::autoscaler_status),
    ("autoscaling.v2.HorizontalPodAutoscalerBehavior", workloads::scaling_behavior),
    ("networking.v1.NetworkPolicySpec", services::network_policy),
    ("rbac.v1.Subject", core::subject),
    ("resource.v1.ExactDeviceRequest", core::device_request),
    ("resource.v1.DeviceSubRequest", core::device_request),
    ("apiextensions.v1.CustomResourceDefinitionSpec", core::custom_resource_definition),
    ("apiextensions.v1.CustomResourceDefinition", core::stored_versions),
];

/// The text at `field`; empty where there is none.
fn text<'a>(map: &'a Map<String, Value>, field: &str) -> &'a str {
    map.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// Sets `field` where it is absent, or an empty text or list.
fn set(map: &mut Map<String, Value>, field: &str, value: impl Into<Value>) {
    let absent = match map.get(field) {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(items)) => items.is_empty(),
        Some(_) => false,
    };
    if absent {
        map.insert(field.into(), value.into());
    }
}

/// The text at `one` is that of the first item at `many`, or of its `field`. The one is filled in from the other; where both
/// are there and differ, the text goes before, as upstream has it for clients that do not know the list.
fn keep_in_step(map: &mut Map<String, Value>, one: &str, many: &str, field: Option<&str>) {
    let first = map.get(many).and_then(|list| list.get(0));
    let first = field.map_or(first, |field| first.and_then(|first| first.get(field)));
    let first = first.and_then(Value::as_str).unwrap_or_default().to_owned();
    let own = text(map, one).to_owned();
    if own.is_empty() && !first.is_empty() {
        map.insert(one.into(), first.into());
    } else if own != first {
        let item = field.map_or_else(|| Value::from(&*own), |field| json!({field: own}));
        map.insert(many.into(), json!([item]));
    }
}

/// The struct at `field`, where it is one.
fn part<'a>(map: &'a mut Map<String, Value>, field: &str) -> Option<&'a mut Map<String, Value>> {
    map.get_mut(field).and_then(Value::as_object_mut)
}

/// The structs of the list at `field`.
fn parts<'a>(map: &'a mut Map<String, Value>, field: &str) -> impl Iterator<Item = &'a mut Map<String, Value>> {
    map.get_mut(field).and_then(Value::as_array_mut).into_iter().flatten().filter_map(Value::as_object_mut)
}
