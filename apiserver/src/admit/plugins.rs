//! The plug-ins of a server, in order.

use std::sync::Arc;

use super::certificate_requester::CertificateRequester;
use super::certificates::{CertificateApproval, CertificateContents, CertificateSigning, CertificateSubjectRestriction};
use super::default_ingress_class::DefaultIngressClass;
use super::default_storage_class::DefaultStorageClass;
use super::default_toleration_seconds::DefaultTolerationSeconds;
use super::device_access::DeviceAccess;
use super::limit_ranger::LimitRanger;
use super::namespace_lifecycle::NamespaceLifecycle;
use super::node_restriction::NodeRestriction;
use super::persistent_volume_claim_resize::PersistentVolumeClaimResize;
use super::pod_security::PodSecurity;
use super::pod_topology_labels::PodTopologyLabels;
use super::policy::{MutatingPolicies, ParamRights, ValidatingPolicies};
use super::priority::Priority;
use super::quota::ResourceQuota;
use super::rbac_escalation::RbacEscalation;
use super::runtime_class::RuntimeClass;
use super::service_account::ServiceAccount;
use super::service_ip::ServiceIp;
use super::storage_object_in_use_protection::StorageObjectInUseProtection;
use super::taint_nodes_by_condition::TaintNodesByCondition;
use super::{AdmissionConfiguration, Plugin};
use crate::authorize::Authorize;
use crate::authorize::rbac::Rbac;

/// Upstream's default plug-ins, as far as they are here, in upstream's order. `authorizer` is the server's;
/// `rbac` tells which rights a user has to give away.
pub fn default_plugins(rbac: Rbac, authorizer: Arc<dyn Authorize>) -> Vec<Arc<dyn Plugin>> {
    configured_plugins(rbac, authorizer, AdmissionConfiguration::default())
}

/// The same, told what `configuration` says.
pub fn configured_plugins(
    rbac: Rbac,
    authorizer: Arc<dyn Authorize>,
    configuration: AdmissionConfiguration,
) -> Vec<Arc<dyn Plugin>> {
    vec![
        Arc::new(NamespaceLifecycle),
        Arc::new(LimitRanger),
        Arc::new(ServiceAccount),
        Arc::new(NodeRestriction(authorizer.clone())),
        Arc::new(TaintNodesByCondition),
        Arc::new(PodSecurity::new(configuration.pod_security)),
        Arc::new(Priority),
        Arc::new(DefaultTolerationSeconds),
        Arc::new(DefaultStorageClass),
        Arc::new(StorageObjectInUseProtection),
        Arc::new(PersistentVolumeClaimResize),
        Arc::new(CertificateRequester),
        Arc::new(RuntimeClass),
        Arc::new(DeviceAccess(authorizer.clone())),
        Arc::new(CertificateContents),
        Arc::new(CertificateApproval(authorizer.clone())),
        Arc::new(CertificateSigning(authorizer.clone())),
        Arc::new(CertificateSubjectRestriction),
        Arc::new(DefaultIngressClass),
        Arc::new(ServiceIp::default()),
        Arc::new(PodTopologyLabels),
        Arc::new(RbacEscalation::new(rbac, authorizer.clone())),
        Arc::new(ParamRights(authorizer.clone())),
        Arc::new(MutatingPolicies::new(authorizer.clone())),
        Arc::new(ValidatingPolicies::new(authorizer)),
        Arc::new(ResourceQuota::default()),
    ]
}
