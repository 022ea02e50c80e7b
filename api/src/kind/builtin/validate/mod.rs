//! Validation of the built-in kinds: rules of single fields from a table, checks of structs wherever
//! they are, and functions for what concerns a whole object or a change of it.

mod autoscaler;
mod certificates;
mod containers;
mod counts;
mod data;
mod device_expression;
mod device_status;
mod devices;
mod events;
mod fixed_flows;
mod flows;
mod format;
mod hooks;
mod immutable;
mod jobs;
mod network;
mod nodes;
mod pods;
mod policies;
mod quotas;
mod rbac;
mod resource_names;
mod rules;
mod small;
mod storage;
mod structs;
mod walk;
mod workloads;

pub(super) use events::sent as sent_event;
pub(crate) use format::ADDRESS_FAULTS;
pub(crate) use hooks::client_config;
pub use policies::MAX_VARIABLES;

use serde_json::Value;

use super::super::validate::{Faults, Path};
use crate::kind::{FieldError, Hooks};
use crate::member_of;

type Check = fn(&Value, &mut Faults);
type CheckUpdate = fn(&Value, &Value, &mut Faults);

/// Definition and the function that looks at several fields of the whole object.
const CHECKS: &[(&str, Check)] = &[
    ("core.v1.Pod", pods::pod),
    ("core.v1.ReplicationController", workloads::replication_controller),
    ("core.v1.Service", network::service),
    ("core.v1.ConfigMap", data::config_map),
    ("core.v1.Secret", data::secret),
    ("core.v1.Node", nodes::node),
    ("core.v1.Namespace", nodes::namespace),
    ("core.v1.Event", events::event),
    ("core.v1.ResourceQuota", quotas::resource_quota),
    ("core.v1.LimitRange", quotas::limit_range),
    ("core.v1.PersistentVolume", storage::volume),
    ("apps.v1.ControllerRevision", workloads::controller_revision),
    ("apps.v1.Deployment", workloads::deployment),
    ("apps.v1.ReplicaSet", workloads::replica_set),
    ("apps.v1.DaemonSet", workloads::daemon_set),
    ("apps.v1.StatefulSet", workloads::stateful_set),
    ("batch.v1.Job", jobs::job),
    ("batch.v1.CronJob", jobs::cron_job),
    ("autoscaling.v2.HorizontalPodAutoscaler", autoscaler::autoscaler),
    ("discovery.v1.EndpointSlice", network::slice),
    ("certificates.v1.CertificateSigningRequest", certificates::signing_request),
    ("scheduling.v1.PriorityClass", small::priority_class),
    ("node.v1.RuntimeClass", small::runtime_class),
    ("networking.v1.IPAddress", network::ip_address),
    ("networking.v1.ServiceCIDR", network::service_cidr),
    ("networking.v1.Ingress", network::ingress),
    ("networking.v1.IngressClass", network::ingress_class),
    ("networking.v1.NetworkPolicy", network::network_policy),
    ("policy.v1.PodDisruptionBudget", workloads::disruption_budget),
    ("storage.v1.StorageClass", storage::storage_class),
    ("storage.v1.VolumeAttributesClass", storage::attributes_class),
    ("storage.v1.CSIDriver", storage::csi_driver),
    ("storage.v1.CSINode", storage::csi_node),
    ("storage.v1.CSIStorageCapacity", storage::capacity),
    ("storage.v1.VolumeAttachment", storage::attachment),
    ("apiregistration.v1.APIService", small::api_service),
    ("admissionregistration.v1.MutatingWebhookConfiguration", hooks::configuration),
    ("admissionregistration.v1.ValidatingWebhookConfiguration", hooks::configuration),
    ("admissionregistration.v1.ValidatingAdmissionPolicy", policies::policy),
    ("admissionregistration.v1.ValidatingAdmissionPolicyBinding", policies::binding),
    ("admissionregistration.v1.MutatingAdmissionPolicy", policies::policy),
    ("admissionregistration.v1.MutatingAdmissionPolicyBinding", policies::binding),
    ("flowcontrol.v1.FlowSchema", flows::flow_schema),
    ("flowcontrol.v1.PriorityLevelConfiguration", flows::priority_level),
    ("rbac.v1.Role", rbac::role),
    ("rbac.v1.ClusterRole", rbac::role),
    ("rbac.v1.RoleBinding", rbac::binding),
    ("rbac.v1.ClusterRoleBinding", rbac::binding),
];

/// Definition and the function that looks at what only a new object must not have.
const CREATES: &[(&str, Check)] = &[
    ("apiextensions.v1.CustomResourceDefinition", crate::custom::definition_create),
    ("core.v1.Pod", pods::create),
    ("apps.v1.StatefulSet", workloads::stateful_set_create),
    ("batch.v1.CronJob", jobs::cron_job_create),
    ("networking.v1.Ingress", network::ingress_create),
    ("storage.v1.VolumeAttachment", storage::attachment_create),
];

/// Definition and the function that looks at a change.
const UPDATES: &[(&str, CheckUpdate)] = &[
    ("core.v1.Pod", pods::update),
    ("core.v1.Service", network::service_update),
    ("core.v1.ConfigMap", data::update),
    ("core.v1.Secret", data::update),
    ("core.v1.Node", nodes::node_update),
    ("core.v1.ResourceQuota", quotas::resource_quota_update),
    ("core.v1.PersistentVolume", storage::volume_update),
    ("core.v1.PersistentVolumeClaim", storage::claim_update),
    ("apps.v1.StatefulSet", workloads::stateful_set_update),
    ("batch.v1.Job", jobs::job_update),
    ("batch.v1.CronJob", jobs::cron_job_update),
    ("networking.v1.ServiceCIDR", network::service_cidr_update),
    ("storage.v1.CSIDriver", storage::csi_driver_update),
    ("storage.v1.CSINode", storage::csi_node_update),
    ("storage.v1.VolumeAttachment", storage::attachment_update),
    ("storage.v1.VolumeAttributesClass", storage::attributes_class_update),
    ("apiextensions.v1.CustomResourceDefinition", crate::custom::definition_update),
];

/// Definition and the function that looks at a change of the status.
const STATUSES: &[(&str, CheckUpdate)] = &[
    ("core.v1.Pod", pods::status),
    ("core.v1.Service", network::service_status),
    ("core.v1.Node", nodes::node_status),
    ("core.v1.Namespace", nodes::namespace_status),
    ("core.v1.ResourceQuota", quotas::resource_quota_status),
    ("core.v1.PersistentVolumeClaim", storage::claim_status),
    ("core.v1.ReplicationController", counts::replicas),
    ("apps.v1.DaemonSet", counts::daemon_set),
    ("apps.v1.Deployment", counts::replicas),
    ("apps.v1.ReplicaSet", counts::replicas),
    ("apps.v1.StatefulSet", counts::stateful_set),
    ("autoscaling.v2.HorizontalPodAutoscaler", counts::autoscaler),
    ("batch.v1.Job", jobs::job_status),
    ("certificates.v1.CertificateSigningRequest", certificates::signing_request_status),
    ("networking.v1.Ingress", network::ingress_status),
    ("policy.v1.PodDisruptionBudget", counts::disruption_budget),
    ("resource.v1.ResourceClaim", devices::claim_status),
    ("apiregistration.v1.APIService", small::api_service_status),
    ("apiextensions.v1.CustomResourceDefinition", crate::custom::definition_status),
];

/// Definition, subresource, and the function that looks at a change through it.
const PLACES: &[(&str, &str, CheckUpdate)] = &[
    ("core.v1.Pod", "ephemeralcontainers", pods::ephemeral_containers),
    ("core.v1.Pod", "resize", pods::resize),
    ("certificates.v1.CertificateSigningRequest", "approval", certificates::approval),
];

/// How objects and changes are validated. All built-in kinds take the same way: objects say themselves
/// what they are.
pub(super) fn hooks(hooks: Hooks) -> Hooks {
    Hooks { validate, validate_create, validate_update, validate_status, validate_places: places, ..hooks }
}

fn validate(object: &Value) -> Vec<FieldError> {
    let mut faults = Faults::default();
    let definition = super::definition_name(object);
    walk::fields(object, &definition, &mut faults);
    if let Some(check) = find(CHECKS, &definition) {
        check(object, &mut faults);
    }
    faults.into_errors()
}

fn validate_create(object: &Value) -> Vec<FieldError> {
    let mut faults = Faults::default();
    if let Some(check) = find(CREATES, &super::definition_name(object)) {
        check(object, &mut faults);
    }
    faults.into_errors()
}

/// Faults of a change. Where there are any, it is judged once more against `old` with defaults that were not yet known when that
/// was stored: upstream fills them in whenever it reads.
fn validate_update(new: &Value, old: &Value) -> Vec<FieldError> {
    let faults = changes(new, old);
    if faults.is_empty() {
        return faults;
    }
    let mut completed = old.clone();
    super::defaults::apply(&mut completed);
    if completed == *old { faults } else { changes(new, &completed) }
}

fn changes(new: &Value, old: &Value) -> Vec<FieldError> {
    let mut faults = Faults::default();
    let definition = super::definition_name(new);
    immutable::fields(new, old, &definition, &mut faults);
    if let Some(check) = find(UPDATES, &definition) {
        check(new, old, &mut faults);
    }
    faults.into_errors()
}

fn validate_status(new: &Value, old: &Value) -> Vec<FieldError> {
    let mut faults = Faults::default();
    if let Some(check) = find(STATUSES, &super::definition_name(new)) {
        check(new, old, &mut faults);
    }
    faults.into_errors()
}

fn places(subresource: &str, new: &Value, old: &Value) -> Vec<FieldError> {
    let mut faults = Faults::default();
    let definition = super::definition_name(new);
    let check = PLACES.iter().find(|(short, name, _)| definition.ends_with(short) && *name == subresource);
    if let Some((_, _, check)) = check {
        check(new, old, &mut faults);
    }
    faults.into_errors()
}

fn find<F: Copy>(table: &[(&str, F)], definition: &str) -> Option<F> {
    table.iter().find(|(short, _)| definition.ends_with(short)).map(|(_, check)| *check)
}

/// The list at `field`; empty where there is none.
fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    member_of(value, field).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The text at `field`; empty where there is none.
fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    member_of(value, field).and_then(Value::as_str).unwrap_or_default()
}

/// The number at `field`; zero where there is none.
fn number(value: &Value, field: &str) -> i64 {
    value.get(field).and_then(Value::as_i64).unwrap_or_default()
}

/// The flag at `field`; off where there is none.
fn flag(value: &Value, field: &str) -> bool {
    value.get(field).and_then(Value::as_bool).unwrap_or_default()
}

/// Where every spec is.
const SPEC: Path<'static> = Path::new("spec");
