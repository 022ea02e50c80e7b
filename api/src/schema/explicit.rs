//! Where zero, false and nothing differ from absence.

use serde_json::Value;

use super::{Field, Scalar, Schema};

/// Fields that are pointers in Go's types, or written whatever they hold: by name, in any type,
const ANYWHERE: &[&str] = &[
    "activeDeadlineSeconds",
    "adminAccess",
    "allNodes",
    "allocateLoadBalancerNodePorts",
    "allowMultipleAllocations",
    "allowPrivilegeEscalation",
    "allowVolumeExpansion",
    "appProtocol",
    "attachRequired",
    "automountServiceAccountToken",
    "averageUtilization",
    "backoffLimit",
    "backoffLimitPerIndex",
    "bindsToNode",
    "blockOwnerDeletion",
    "bool",
    "borrowingLimitPercent",
    "collisionCount",
    "completionMode",
    "completions",
    "currentCPUUtilizationPercentage",
    "currentHealthy",
    "currentVolumeAttributesClassName",
    "defaultMode",
    "deletionGracePeriodSeconds",
    "deprecationWarning",
    "desiredHealthy",
    "disruptionsAllowed",
    "distinctAttribute",
    "enableServiceLinks",
    "endPort",
    "endpointsNamespace",
    "errorCode",
    "expectedPods",
    "expirationSeconds",
    "extendedResourceName",
    "failedIndexes",
    "failedJobsHistoryLimit",
    "failurePolicy",
    "fsGroup",
    "fsGroupChangePolicy",
    "fsGroupPolicy",
    "gmsaCredentialSpec",
    "gmsaCredentialSpecName",
    "gracePeriodSeconds",
    "holderIdentity",
    "hostProcess",
    "hostUsers",
    "hostnameOverride",
    "ignoreStoreReadErrorWithClusterBreakingPotential",
    "immutable",
    "ingressClassName",
    "initiatorName",
    "int",
    "internalTrafficPolicy",
    "ipFamilyPolicy",
    "ipMode",
    "labelSelectorPath",
    "leaseDurationSeconds",
    "leaseTransitions",
    "lendablePercent",
    "loadBalancerClass",
    "localhostProfile",
    "lun",
    "managedBy",
    "manualSelector",
    "matchAttribute",
    "matchPolicy",
    "maxExpirationSeconds",
    "maxFailedIndexes",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minDomains",
    "minItems",
    "minLength",
    "minProperties",
    "minReplicas",
    "minimum",
    "mode",
    "mountPropagation",
    "multipleOf",
    "nodeAffinityPolicy",
    "nodeAllocatableUpdatePeriodSeconds",
    "nodeTaintsPolicy",
    "nominalConcurrencyShares",
    "optional",
    "optionalOldSelf",
    "orphanDependents",
    "parallelism",
    "parameterNotFoundAction",
    "perDeviceNodeSelection",
    "persistentVolumeName",
    "podGroupName",
    "podInfoOnMount",
    "podReplacementPolicy",
    "preemptionPolicy",
    "preferredHolder",
    "preventPodSchedulingIfMissing",
    "privileged",
    "procMount",
    "progressDeadlineSeconds",
    "propagationPolicy",
    "readOnlyRootFilesystem",
    "ready",
    "reclaimPolicy",
    "recursiveReadOnly",
    "recursiveReadOnlyMounts",
    "remainingItemCount",
    "requiresRepublish",
    "resourceClaimName",
    "resourceClaimTemplateName",
    "revisionHistoryLimit",
    "runAsGroup",
    "runAsNonRoot",
    "runAsUser",
    "runAsUserName",
    "runtimeClassName",
    "seLinuxChangePolicy",
    "seLinuxMount",
    "selectPolicy",
    "serviceAccountTokenInSecrets",
    "serving",
    "setHostnameAsFQDN",
    "shareID",
    "shareProcessNamespace",
    "stabilizationWindowSeconds",
    "started",
    "startingDeadlineSeconds",
    "stopSignal",
    "storageCapacity",
    "string",
    "succeededCount",
    "succeededIndexes",
    "successfulJobsHistoryLimit",
    "supplementalGroupsPolicy",
    "suspend",
    "targetCPUUtilizationPercentage",
    "terminating",
    "terminatingReplicas",
    "terminationGracePeriodSeconds",
    "timeZone",
    "tolerationSeconds",
    "trafficDistribution",
    "ttlSecondsAfterFinished",
    "unhealthyPodEvictionPolicy",
    "userNamespaces",
    "volumeAttributesClassName",
    "volumeBindingMode",
    "volumeMode",
    "x-kubernetes-list-type",
    "x-kubernetes-map-type",
    "x-kubernetes-preserve-unknown-fields",
];

/// and by what their full name ends with, where other types have one of that name that is no pointer.
const IN_TYPES: &[&str] = &[
    "AzureDiskVolumeSource.cachingMode",
    "AzureDiskVolumeSource.fsType",
    "AzureDiskVolumeSource.kind",
    "AzureDiskVolumeSource.readOnly",
    "AzureFilePersistentVolumeSource.secretNamespace",
    "CSIVolumeSource.fsType",
    "CSIVolumeSource.readOnly",
    "CSINodeDriver.topologyKeys",
    "ClientIPConfig.timeoutSeconds",
    "ClusterRole.rules",
    "ClusterTrustBundleProjection.name",
    "ClusterTrustBundleProjection.signerName",
    "Container.restartPolicy",
    "EphemeralContainer.restartPolicy",
    "DeploymentSpec.replicas",
    "DeviceAttribute.version",
    "EndpointAddress.nodeName",
    "EndpointSlice.endpoints",
    "EndpointSlice.ports",
    "GRPCAction.service",
    "HostPathVolumeSource.type",
    "IngressClassParametersReference.apiGroup",
    "IngressClassParametersReference.namespace",
    "IngressClassParametersReference.scope",
    "IngressPortStatus.error",
    "JSONSchemaProps.$ref",
    "LeaseSpec.strategy",
    "LocalVolumeSource.fsType",
    "MutatingWebhook.reinvocationPolicy",
    "MutatingWebhook.timeoutSeconds",
    "NamedRuleWithOperations.scope",
    "NetworkPolicyPort.protocol",
    "NodeAllocatableResourceMapping.capacityKey",
    "NodeSwapStatus.capacity",
    "OwnerReference.controller",
    "PersistentVolumeClaimSpec.storageClassName",
    "PodDNSConfigOption.value",
    "PodFailurePolicyOnExitCodesRequirement.containerName",
    "PodSpec.priority",
    "PortStatus.error",
    "Preconditions.resourceVersion",
    "Preconditions.uid",
    "PriorityClass.value",
    "ReplicaSetSpec.replicas",
    "ReplicationControllerSpec.replicas",
    "ResourceSliceSpec.nodeName",
    "Role.rules",
    "RollingUpdateStatefulSetStrategy.partition",
    "RuleWithOperations.scope",
    "ScaleSpec.replicas",
    "ServiceReference.path",
    "ServiceReference.port",
    "StatefulSetOrdinals.start",
    "StatefulSetSpec.replicas",
    "StatefulSetStatus.availableReplicas",
    "TypedLocalObjectReference.apiGroup",
    "TypedObjectReference.apiGroup",
    "TypedObjectReference.namespace",
    "ValidatingWebhook.timeoutSeconds",
    "Validation.reason",
    "ValidationRule.reason",
    "VolumeNodeResources.count",
    "WebhookClientConfig.url",
    "autoscaling.v1.HorizontalPodAutoscalerStatus.observedGeneration",
    "autoscaling.v2.HorizontalPodAutoscalerStatus.observedGeneration",
    "core.v1.Event.reportingComponent",
    "core.v1.Event.reportingInstance",
    "discovery.v1.Endpoint.hostname",
    "discovery.v1.Endpoint.nodeName",
    "discovery.v1.Endpoint.zone",
    "discovery.v1.EndpointPort.name",
    "discovery.v1.EndpointPort.port",
    "discovery.v1.EndpointPort.protocol",
    "resource.v1.Device.nodeName",
];

/// Whether the field `name` of the type whose definition is called `owner` may say zero, false or nothing. Types without a definition,
/// as custom kinds have, keep whatever they are given.
pub(super) fn is_explicit(owner: &str, name: &str) -> bool {
    let in_type = |known: &&str| {
        let of = known.strip_suffix(name).and_then(|of| of.strip_suffix('.'));
        of.and_then(|of| owner.strip_suffix(of)).is_some_and(|before| before.ends_with('.'))
    };
    owner.is_empty() || ANYWHERE.binary_search(&name).is_ok() || IN_TYPES.iter().any(in_type)
}

impl Field {
    /// Whether zero, false and an empty text of this field say nothing, as a number, flag or text.
    pub fn is_nothing_at_zero(&self) -> bool {
        let Schema::Scalar(scalar) = &*self.schema else { return false };
        let is_plain =
            matches!(scalar, Scalar::Bool | Scalar::Int32 | Scalar::Int64 | Scalar::Number | Scalar::String | Scalar::Bytes);
        is_plain && !self.required && !self.explicit
    }

    /// Whether `value` is what Go's types have for an absent field: clients in Go leave it out when they write the object back.
    pub fn says_nothing(&self, value: &Value) -> bool {
        if self.required || self.explicit {
            return false;
        }
        match (&*self.schema, value) {
            (Schema::Scalar(Scalar::Bool), Value::Bool(flag)) => !flag,
            (Schema::Scalar(Scalar::Int32 | Scalar::Int64 | Scalar::Number), Value::Number(number)) => {
                number.as_f64() == Some(0.0)
            }
            (Schema::Scalar(Scalar::String | Scalar::Bytes), Value::String(text)) => text.is_empty(),
            (Schema::List(_), Value::Array(items)) => items.is_empty(),
            (Schema::Map(_), Value::Object(entries)) => entries.is_empty(),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::definition;
    use crate::schema::definitions::field_names;

    #[test]
    fn lists_are_in_order() {
        assert!(ANYWHERE.is_sorted());
    }

    #[test]
    fn every_entry_names_a_field_that_is_there() {
        let all: Vec<String> = field_names().collect();
        let there = |known: &&str| all.iter().any(|full| full.ends_with(&format!(".{known}")));
        assert_eq!(ANYWHERE.iter().chain(IN_TYPES).find(|known| !there(known)), None);
    }

    #[test]
    fn pointers_may_say_zero_and_others_say_nothing_by_it() {
        let nothing = |owner: &str, field: &str, value: Value| {
            let Schema::Object(object) = definition(&format!("io.k8s.api.{owner}")).unwrap() else { panic!("{owner}") };
            object.field(field).unwrap().says_nothing(&value)
        };
        for (owner, field, value) in [
            ("core.v1.PodSpec", "hostNetwork", false.into()),
            ("core.v1.EnvVar", "value", "".into()),
            ("core.v1.Probe", "initialDelaySeconds", 0.into()),
            ("core.v1.Container", "args", Value::Array(Vec::new())),
            ("core.v1.PodSpec", "nodeSelector", Value::Object(serde_json::Map::new())),
            ("core.v1.PersistentVolumeSpec", "storageClassName", "".into()),
            ("apps.v1.DeploymentStatus", "replicas", 0.into()),
        ] {
            assert!(nothing(owner, field, value), "{owner}.{field}");
        }
        for (owner, field, value) in [
            ("core.v1.PodSpec", "hostUsers", false.into()),
            ("core.v1.PodSpec", "hostNetwork", true.into()),
            ("core.v1.EnvVar", "name", "".into()),
            ("core.v1.HostPathVolumeSource", "type", "".into()),
            ("core.v1.PersistentVolumeClaimSpec", "storageClassName", "".into()),
            ("core.v1.Volume", "emptyDir", Value::Object(serde_json::Map::new())),
            ("core.v1.SecurityContext", "runAsUser", 0.into()),
            ("apps.v1.RollingUpdateDeployment", "maxUnavailable", 0.into()),
            ("rbac.v1.ClusterRole", "rules", Value::Array(Vec::new())),
            ("apps.v1.DeploymentSpec", "replicas", 0.into()),
            ("apps.v1.StatefulSetStatus", "availableReplicas", 0.into()),
        ] {
            assert!(!nothing(owner, field, value), "{owner}.{field}");
        }
    }
}
