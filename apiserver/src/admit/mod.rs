//! Admission: built-in plug-ins, one file each. Mutating ones run before `prepare`, validating
//! ones after `validate`.

mod admission;
mod certificate_requester;
mod certificates;
mod configuration;
mod default_class;
mod default_ingress_class;
mod default_storage_class;
mod default_toleration_seconds;
mod device_access;
mod fields;

pub(crate) mod hooks;
mod ip_range;
mod limit_ranger;
mod namespace_lifecycle;
mod node_restriction;
mod persistent_volume_claim_resize;
mod plugins;
mod pod_security;
mod pod_topology_labels;
mod policy;
mod priority;
mod quota;
mod rbac_escalation;
mod runtime_class;
mod service_account;
mod service_families;
mod service_ip;
mod storage_object_in_use_protection;
mod taint_nodes_by_condition;

pub use admission::{Admission, Operation, Plugin};
pub use configuration::{AdmissionConfiguration, AdmissionConfigurationError};
pub use plugins::{configured_plugins, default_plugins};
pub use pod_security::PodSecurityConfiguration;
pub use service_ip::ServiceIp;
pub(crate) use service_ip::ip_address;

#[cfg(test)]
mod tests;
