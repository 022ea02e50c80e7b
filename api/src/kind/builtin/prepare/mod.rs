//! What a write may not decide for itself: status, generation and what the system has allocated.

mod app_armor;
mod create;
mod daemon_set;
mod gated;
mod generic;
mod pod;
mod resource_claim;
mod service;
mod taints;
mod update;
mod volume;

pub(super) use app_armor::profile_of;
pub(super) use daemon_set::status as daemon_set_status;
pub use pod::qos_class;
pub(super) use pod::status as pod_status;
pub(super) use resource_claim::status as resource_claim_status;
pub(super) use taints::stamp as stamp_taints;
pub(super) use update::signing_request_status;
pub(super) use volume::status as volume_status;

use serde_json::Value;

use crate::kind::Kind;

/// Kinds with nothing of their own to prepare whose `metadata.generation` counts the changes of what is wanted.
const COUNTED: &[&str] = &[
    "CronJob",
    "DeviceClass",
    "FlowSchema",
    "Ingress",
    "IngressClass",
    "MutatingAdmissionPolicy",
    "MutatingAdmissionPolicyBinding",
    "MutatingWebhookConfiguration",
    "NetworkPolicy",
    "PodDisruptionBudget",
    "PodTemplate",
    "PriorityLevelConfiguration",
    "ReplicaSet",
    "ReplicationController",
    "ResourceSlice",
    "StatefulSet",
    "ValidatingAdmissionPolicy",
    "ValidatingAdmissionPolicyBinding",
    "ValidatingWebhookConfiguration",
];

/// Lists the storage version of a definition among those that objects are stored in.
fn stored_versions(definition: &mut Value) {
    let mut versions = definition["spec"]["versions"].as_array().into_iter().flatten();
    let storage: Option<Value> =
        versions.find(|version| version["storage"] == true).map(|version| version["name"].as_str().unwrap_or_default().into());
    if let (Some(name), Some(stored)) = (storage, definition["status"]["storedVersions"].as_array_mut())
        && !stored.contains(&name)
    {
        stored.push(name);
    }
}

type Create = fn(&mut Value);
type Update = fn(&mut Value, &Value);

/// How creates and updates of `kind` are prepared.
pub(super) fn of(kind: &Kind) -> (Create, Update) {
    match (&*kind.group, &*kind.kind) {
        ("", "Pod") => (pod::create, generic::update::<true, true>),
        ("", "Namespace") => (create::namespace, update::namespace),
        ("", "Node") => (generic::create::<false, false>, generic::update::<true, false>),
        ("", "PersistentVolume") => (create::volume, generic::update::<true, false>),
        ("", "PersistentVolumeClaim") => (create::claim, update::claim),
        ("", "LimitRange") => (create::limit_range, generic::update::<false, false>),
        ("", "ServiceAccount") => (create::service_account, update::service_account),
        ("", "Service") => (create::service, service::update),
        ("batch", "Job") => (create::job, generic::update::<true, true>),
        ("apps", "DaemonSet") => (daemon_set::create, daemon_set::update),
        ("apps", "Deployment") => (generic::create::<true, true>, update::deployment),
        ("discovery.k8s.io", "EndpointSlice") => (generic::create::<false, true>, update::endpoint_slice),
        ("scheduling.k8s.io", "PriorityClass") => (generic::create::<false, true>, generic::update::<false, false>),
        ("storage.k8s.io", "CSIDriver") => (generic::create::<false, false>, generic::update::<false, true>),
        ("apiextensions.k8s.io", _) => (create::definition, update::definition),
        ("certificates.k8s.io", _) => (generic::create::<true, false>, update::certificate_signing_request),
        _ => generic_of(kind),
    }
}

fn generic_of(kind: &Kind) -> (Create, Update) {
    match (kind.subresource("status").is_some(), COUNTED.contains(&&*kind.kind)) {
        (true, true) => (generic::create::<true, true>, generic::update::<true, true>),
        (true, false) => (generic::create::<true, false>, generic::update::<true, false>),
        (false, true) => (generic::create::<false, true>, generic::update::<false, true>),
        (false, false) => (generic::create::<false, false>, generic::update::<false, false>),
    }
}
