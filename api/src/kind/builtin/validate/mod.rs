//! Validation of the built-in kinds: rules of single fields from a table, and functions for what
//! concerns several fields.

mod cluster;
mod containers;
mod data;
mod endpoints;
mod immutable;
mod jobs;
mod pod_parts;
mod pod_update;
mod pods;
mod references;
mod rules;
mod scheduling;
mod services;
mod storage;
mod volumes;
mod walk;
mod workloads;

use serde_json::Value;

use super::super::validate::{Faults, Path};
use crate::kind::{FieldError, Kind};

type Validate = fn(&Value) -> Vec<FieldError>;
type ValidateUpdate = fn(&Value, &Value) -> Vec<FieldError>;
type Check = fn(&Value, &mut Faults);
type CheckUpdate = fn(&Value, &Value, &mut Faults);

/// Definition and the function that looks at several fields of the whole object.
const CHECKS: &[(&str, Check)] = &[
    ("core.v1.Pod", pods::pod),
    ("core.v1.PodTemplate", workloads::pod_template),
    ("core.v1.ReplicationController", workloads::replication_controller),
    ("core.v1.Service", services::service),
    ("core.v1.ConfigMap", data::config_map),
    ("core.v1.Secret", data::secret),
    ("core.v1.Node", cluster::node),
    ("core.v1.ResourceQuota", endpoints::resource_quota),
    ("core.v1.LimitRange", endpoints::limit_range),
    ("core.v1.PersistentVolume", storage::volume),
    ("core.v1.PersistentVolumeClaim", storage::claim),
    ("apps.v1.Deployment", workloads::deployment),
    ("apps.v1.ReplicaSet", workloads::replica_set),
    ("apps.v1.DaemonSet", workloads::daemon_set),
    ("apps.v1.StatefulSet", workloads::stateful_set),
    ("batch.v1.Job", jobs::job),
    ("batch.v1.CronJob", jobs::cron_job),
    ("autoscaling.v2.HorizontalPodAutoscaler", workloads::autoscaler),
    ("autoscaling.v1.HorizontalPodAutoscaler", workloads::autoscaler),
    ("discovery.v1.EndpointSlice", endpoints::slice),
    ("certificates.v1.CertificateSigningRequest", cluster::signing_request),
    ("scheduling.v1.PriorityClass", cluster::priority_class),
    ("networking.v1.IPAddress", cluster::ip_address),
    ("networking.v1.ServiceCIDR", cluster::service_cidr),
    ("networking.v1.Ingress", services::ingress),
    ("networking.v1.NetworkPolicy", services::network_policy),
    ("policy.v1.PodDisruptionBudget", workloads::disruption_budget),
    ("apiextensions.v1.CustomResourceDefinition", crate::custom::definition),
    ("rbac.v1.Role", references::role),
    ("rbac.v1.ClusterRole", references::role),
    ("rbac.v1.RoleBinding", references::binding),
    ("rbac.v1.ClusterRoleBinding", references::binding),
];

/// Definition and the function that looks at a change.
const UPDATES: &[(&str, CheckUpdate)] = &[
    ("core.v1.Pod", pod_update::pod),
    ("core.v1.Service", services::service_update),
    ("core.v1.ConfigMap", data::update),
    ("core.v1.Secret", data::update),
    ("core.v1.Node", cluster::node_update),
    ("core.v1.ResourceQuota", endpoints::resource_quota_update),
    ("certificates.v1.CertificateSigningRequest", cluster::signing_request_update),
    ("core.v1.PersistentVolume", storage::volume_update),
    ("core.v1.PersistentVolumeClaim", storage::claim_update),
    ("apps.v1.StatefulSet", workloads::stateful_set_update),
    ("batch.v1.Job", jobs::job_update),
    ("apiextensions.v1.CustomResourceDefinition", crate::custom::definition_update),
];

/// Definition, subresource, and the function that looks at a change through it.
const PLACES: &[(&str, &str, CheckUpdate)] = &[
    ("core.v1.Pod", "ephemeralcontainers", pod_parts::ephemeral_containers),
    ("core.v1.Pod", "resize", pod_parts::resize),
    ("certificates.v1.CertificateSigningRequest", "approval", cluster::approval),
];

/// Checks a change that came through `subresource`.
pub(super) fn places(subresource: &str, new: &Value, old: &Value) -> Vec<FieldError> {
    let mut faults = Faults::default();
    let definition = super::definition_name(new);
    let check = PLACES.iter().find(|(short, name, _)| definition.ends_with(short) && *name == subresource);
    if let Some((_, _, check)) = check {
        check(new, old, &mut faults);
    }
    faults.into_errors()
}

/// How objects and changes of `kind` are validated. All built-in kinds take the same way: objects say
/// themselves what they are.
pub(super) const fn of(_kind: &Kind) -> (Validate, ValidateUpdate) {
    (validate, validate_update)
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

fn validate_update(new: &Value, old: &Value) -> Vec<FieldError> {
    let mut faults = Faults::default();
    let definition = super::definition_name(new);
    immutable::fields(new, old, &definition, &mut faults);
    if let Some(check) = find(UPDATES, &definition) {
        check(new, old, &mut faults);
    }
    faults.into_errors()
}

fn find<F: Copy>(table: &[(&str, F)], definition: &str) -> Option<F> {
    table.iter().find(|(short, _)| definition.ends_with(short)).map(|(_, check)| *check)
}

/// The list at `field`; empty where there is none.
fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value.get(field).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The text at `field`; empty where there is none.
fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// Where every spec is.
const SPEC: Path<'static> = Path::new("spec");
