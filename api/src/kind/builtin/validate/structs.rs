//! The structs whose fields depend on one another, wherever they are.

use serde_json::Value;

use super::{autoscaler, containers, devices, hooks, jobs, network, pods, quotas, small, storage};
use crate::kind::validate::{Faults, Path};

/// Looks at the fields of a struct at a path.
pub(super) type Check = fn(&Value, &Path<'_>, &mut Faults);

/// Definition, and what looks at it after its single fields.
pub(super) const STRUCTS: &[(&str, Check)] = &[
    ("core.v1.PodSpec", pods::spec),
    ("core.v1.PodTemplateSpec", pods::template),
    ("core.v1.PodDNSConfig", pods::dns_config),
    ("core.v1.HTTPGetAction", containers::headers),
    ("core.v1.EnvVar", containers::variable),
    ("core.v1.SecurityContext", containers::security_context),
    ("core.v1.SeccompProfile", containers::seccomp),
    ("core.v1.AppArmorProfile", containers::app_armor),
    ("core.v1.WindowsSecurityContextOptions", containers::windows_options),
    ("core.v1.NodeSelectorTerm", pods::node_selector_term),
    ("core.v1.NodeSelector", pods::topology_terms),
    ("core.v1.PodAffinityTerm", pods::pod_affinity_term),
    ("core.v1.Toleration", pods::toleration),
    ("core.v1.Volume", storage::pod_volume),
    ("core.v1.DownwardAPIVolumeSource", storage::downward),
    ("core.v1.DownwardAPIProjection", storage::downward),
    ("core.v1.ProjectedVolumeSource", storage::projected),
    ("core.v1.FCVolumeSource", storage::fc),
    ("core.v1.ISCSIVolumeSource", storage::iscsi),
    ("core.v1.ISCSIPersistentVolumeSource", storage::iscsi),
    ("core.v1.FlexVolumeSource", storage::flex),
    ("core.v1.FlexPersistentVolumeSource", storage::flex),
    ("core.v1.CSIVolumeSource", storage::publish_secrets),
    ("core.v1.CSIPersistentVolumeSource", storage::publish_secrets),
    ("core.v1.PersistentVolumeClaimSpec", storage::claim_spec),
    ("core.v1.PersistentVolumeClaimTemplate", storage::metadata_of_template),
    ("core.v1.TopologySelectorTerm", storage::topology_selector_term),
    ("core.v1.EndpointSubset", network::subset),
    ("core.v1.EndpointAddress", network::endpoint_address),
    ("core.v1.EndpointPort", network::endpoint_port),
    ("meta.v1.LabelSelectorRequirement", pods::label_requirement),
    ("batch.v1.JobSpec", jobs::job_spec),
    ("autoscaling.v2.MetricSpec", autoscaler::metric),
    ("autoscaling.v2.MetricTarget", autoscaler::target),
    ("autoscaling.v2.HPAScalingRules", autoscaler::scaling_rules),
    ("autoscaling.v2.HPAScalingPolicy", autoscaler::scaling_policy),
    ("networking.v1.IngressRule", network::ingress_rule),
    ("networking.v1.HTTPIngressPath", network::ingress_path),
    ("networking.v1.IngressBackend", network::backend),
    ("networking.v1.NetworkPolicyPeer", network::peer),
    ("networking.v1.NetworkPolicyPort", network::policy_port),
    ("networking.v1.IPBlock", network::ip_block),
    ("node.v1.Overhead", quotas::overhead),
    ("node.v1.Scheduling", small::runtime_scheduling),
    ("admissionregistration.v1.RuleWithOperations", hooks::rule),
    ("admissionregistration.v1.NamedRuleWithOperations", hooks::rule),
    ("resource.v1.DeviceClaim", devices::device_claim),
    ("resource.v1.DeviceRequest", devices::device_request),
    ("resource.v1.ExactDeviceRequest", devices::device_amount),
    ("resource.v1.DeviceSubRequest", devices::device_amount),
    ("resource.v1.DeviceSelector", devices::device_selector),
    ("resource.v1.DeviceToleration", devices::device_toleration),
    ("resource.v1.DeviceClassSpec", devices::device_class),
    ("resource.v1.OpaqueDeviceConfiguration", devices::opaque),
    ("resource.v1.ResourceSliceSpec", devices::slice),
    ("resource.v1.Device", devices::device),
];
