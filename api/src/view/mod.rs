//! Narrow views: the fields that reconcilers read, decoded once per revision.

mod affinity;
mod cluster_role;
mod condition;
mod config_map;
mod container;
mod custom_resource_definition;
mod deployment;
mod endpoint_slice;
mod endpoints;
mod event;
mod ip_address;
mod lease;
mod meta;
mod namespace;
mod node;
mod persistent_volume;
mod persistent_volume_claim;
mod pod;
mod priority_class;
mod replica_set;
mod replication_controller;
mod resource_quota;
mod secret;
mod selectors;
mod service;
mod service_account;
mod service_cidr;
mod taint;
mod volume_attributes_class;

pub use affinity::{
    Affinity, NodeAffinity, NodeRequirement, NodeSelector, NodeSelectorTerm, PodAffinity, PodAffinityTerm, PreferredNodeTerm,
    WeightedPodTerm,
};
pub use cluster_role::{AggregationRule, ClusterRole, RoleSelector};
pub use condition::{Condition, condition, is_true};
pub use config_map::{ConfigMap, ConfigMapData};
pub use container::{Container, ContainerPort, ResourceList, Resources};
pub use custom_resource_definition::{CustomResourceDefinition, CustomResourceDefinitionNames, CustomResourceDefinitionSpec};
pub use deployment::{Deployment, DeploymentSpec, DeploymentStatus, RollingUpdate, Strategy};
pub use endpoint_slice::{EndpointConditions, EndpointSlice, SliceEndpoint};
pub use endpoints::{EndpointAddress, EndpointPort, EndpointSubset, Endpoints, TargetRef};
pub use event::Event;
pub use ip_address::{IpAddress, IpAddressSpec, ParentReference};
pub use lease::{Lease, LeaseSpec};
pub use meta::Meta;
pub use namespace::{Namespace, NamespaceSpec, NamespaceStatus};
pub use node::{Node, NodeSpec, NodeStatus};
pub use persistent_volume::{PersistentVolume, PersistentVolumeSpec, PersistentVolumeStatus};
pub use persistent_volume_claim::{
    ModifyVolumeStatus, PersistentVolumeClaim, PersistentVolumeClaimSpec, PersistentVolumeClaimStatus,
};
pub use pod::{ClaimVolume, ContainerStatus, Pod, PodIp, PodSpec, PodStatus, SchedulingGate};
pub use priority_class::PriorityClass;
pub use replica_set::{ReplicaSet, ReplicaSetSpec, ReplicaStatus};
pub use replication_controller::ReplicationController;
pub use resource_quota::ResourceQuota;
pub use secret::Secret;
pub use service::{Service, ServicePort, ServiceSpec};
pub use service_account::{NameRef, ServiceAccount};
pub use service_cidr::{ServiceCidr, ServiceCidrSpec, ServiceCidrStatus};
pub use taint::{Taint, Toleration};
pub use volume_attributes_class::VolumeAttributesClass;

use serde::de::DeserializeOwned;

/// A narrow view of the objects of one collection. Decoding ignores every other field and must
/// accept any object that passed the server's validation (absent optional fields included).
pub trait View: DeserializeOwned + Send + Sync + std::fmt::Debug + 'static {
    /// The collection it reads, as [`crate::meta::Resource`] names it: `pods`, `deployments.apps`.
    const RESOURCE: &'static str;
    /// `apiVersion` of the kind the view reads, for clients that must name a version.
    const API_VERSION: &'static str;
    /// The kind, `Pod`.
    const KIND: &'static str;
}
