//! The lines of the kind table, by group and version.

use super::line::{Line, cluster, namespaced};
use crate::request::Verb;

/// Group, version and their kinds.
pub(super) const GROUPS: &[(&str, &str, &[Line])] = &[
    ("", "v1", CORE),
    ("apps", "v1", APPS),
    ("batch", "v1", BATCH),
    ("autoscaling", "v1", AUTOSCALING_V1),
    ("autoscaling", "v2", AUTOSCALING_V2),
    ("discovery.k8s.io", "v1", DISCOVERY),
    ("coordination.k8s.io", "v1", COORDINATION),
    ("events.k8s.io", "v1", EVENTS),
    ("policy", "v1", POLICY),
    ("rbac.authorization.k8s.io", "v1", RBAC),
    ("networking.k8s.io", "v1", NETWORKING),
    ("storage.k8s.io", "v1", STORAGE),
    ("scheduling.k8s.io", "v1", SCHEDULING),
    ("node.k8s.io", "v1", NODE),
    ("certificates.k8s.io", "v1", CERTIFICATES),
    ("authentication.k8s.io", "v1", AUTHENTICATION),
    ("authorization.k8s.io", "v1", AUTHORIZATION),
    ("apiextensions.k8s.io", "v1", APIEXTENSIONS),
    ("apiregistration.k8s.io", "v1", APIREGISTRATION),
    ("admissionregistration.k8s.io", "v1", ADMISSION),
    ("flowcontrol.apiserver.k8s.io", "v1", FLOWCONTROL),
    ("resource.k8s.io", "v1", RESOURCE),
];

/// Namespaces cannot be deleted as a collection.
const NAMESPACE_VERBS: &[Verb] = &[Verb::Create, Verb::Delete, Verb::Get, Verb::List, Verb::Patch, Verb::Update, Verb::Watch];

const CORE: &[Line] = &[
    namespaced("Binding", "bindings", "").asked(),
    cluster("ComponentStatus", "componentstatuses", "cs")
        .deprecated("v1 ComponentStatus is deprecated in v1.19+")
        .verbs(&[Verb::Get, Verb::List]),
    namespaced("ConfigMap", "configmaps", "cm"),
    namespaced("Endpoints", "endpoints", "ep")
        .deprecated("v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice")
        .put_creates(),
    namespaced("Event", "events", "ev").put_creates().forgotten().select(&[
        ("involvedObject.kind", "/involvedObject/kind"),
        ("involvedObject.namespace", "/involvedObject/namespace"),
        ("involvedObject.name", "/involvedObject/name"),
        ("involvedObject.uid", "/involvedObject/uid"),
        ("involvedObject.apiVersion", "/involvedObject/apiVersion"),
        ("involvedObject.resourceVersion", "/involvedObject/resourceVersion"),
        ("involvedObject.fieldPath", "/involvedObject/fieldPath"),
        ("reason", "/reason"),
        ("reportingComponent", "/reportingComponent"),
        ("source", "/source/component|/reportingComponent"),
        ("type", "/type"),
    ]),
    namespaced("LimitRange", "limitranges", "limits").put_creates(),
    cluster("Namespace", "namespaces", "ns")
        .verbs(NAMESPACE_VERBS)
        .subs("finalize status")
        .select(&[("status.phase", "/status/phase")]),
    cluster("Node", "nodes", "no").subs("proxy status").select(&[("spec.unschedulable", "/spec/unschedulable|false")]),
    cluster("PersistentVolume", "persistentvolumes", "pv").returned().subs("status"),
    namespaced("PersistentVolumeClaim", "persistentvolumeclaims", "pvc").returned().subs("status"),
    namespaced("Pod", "pods", "po")
        .returned()
        .categories("all")
        .first()
        .subs("attach binding ephemeralcontainers eviction exec log portforward proxy resize status")
        .status_takes(&["labels", "annotations", "finalizers"])
        .select(&[
            ("spec.nodeName", "/spec/nodeName"),
            ("spec.restartPolicy", "/spec/restartPolicy"),
            ("spec.schedulerName", "/spec/schedulerName"),
            ("spec.serviceAccountName", "/spec/serviceAccountName"),
            ("spec.hostNetwork", "/spec/hostNetwork|false"),
            ("status.phase", "/status/phase"),
            ("status.podIP", "/status/podIP"),
            ("status.nominatedNodeName", "/status/nominatedNodeName"),
        ]),
    namespaced("PodTemplate", "podtemplates", "").returned(),
    namespaced("ReplicationController", "replicationcontrollers", "rc")
        .categories("all")
        .orphans("")
        .subs("scale status")
        .select(&[("status.replicas", "/status/replicas|0")]),
    namespaced("ResourceQuota", "resourcequotas", "quota").returned().subs("status"),
    namespaced("Secret", "secrets", "").sealed().select(&[("type", "/type")]),
    namespaced("Service", "services", "svc")
        .put_creates()
        .returned()
        .categories("all")
        .subs("proxy status")
        .select(&[("spec.clusterIP", "/spec/clusterIP"), ("spec.type", "/spec/type")]),
    namespaced("ServiceAccount", "serviceaccounts", "sa").returned().subs("token"),
];

const APPS: &[Line] = &[
    namespaced("ControllerRevision", "controllerrevisions", ""),
    namespaced("DaemonSet", "daemonsets", "ds").categories("all").subs("status"),
    namespaced("Deployment", "deployments", "deploy").categories("all").subs("scale status").status_takes(&[
        "annotations",
        "finalizers",
        "ownerReferences",
    ]),
    namespaced("ReplicaSet", "replicasets", "rs")
        .categories("all")
        .subs("scale status")
        .select(&[("status.replicas", "/status/replicas|0")]),
    namespaced("StatefulSet", "statefulsets", "sts").categories("all").subs("scale status"),
];

/// What upstream warns of where a job is deleted without a word about its pods.
const KEPT_PODS: &str = "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove \
                         them or set propagationPolicy=Orphan to suppress this warning";

const BATCH: &[Line] = &[
    namespaced("CronJob", "cronjobs", "cj").categories("all").subs("status"),
    namespaced("Job", "jobs", "")
        .categories("all")
        .orphans(KEPT_PODS)
        .subs("status")
        .select(&[("status.successful", "/status/succeeded|0")]),
];

const AUTOSCALING_V1: &[Line] =
    &[namespaced("HorizontalPodAutoscaler", "horizontalpodautoscalers", "hpa").categories("all").subs("status")];

const AUTOSCALING_V2: &[Line] =
    &[namespaced("HorizontalPodAutoscaler", "horizontalpodautoscalers", "hpa").categories("all").subs("status")];

const DISCOVERY: &[Line] = &[namespaced("EndpointSlice", "endpointslices", "")];

const COORDINATION: &[Line] = &[namespaced("Lease", "leases", "").put_names_revision().put_creates().forgotten()];

/// The order of the fields is that of the core row: both read one stored collection.
const EVENTS: &[Line] = &[namespaced("Event", "events", "ev").put_creates().forgotten().stored_in("", "events").select(&[
    ("regarding.kind", "/involvedObject/kind"),
    ("regarding.namespace", "/involvedObject/namespace"),
    ("regarding.name", "/involvedObject/name"),
    ("regarding.uid", "/involvedObject/uid"),
    ("regarding.apiVersion", "/involvedObject/apiVersion"),
    ("regarding.resourceVersion", "/involvedObject/resourceVersion"),
    ("regarding.fieldPath", "/involvedObject/fieldPath"),
    ("reason", "/reason"),
    ("reportingController", "/reportingComponent"),
    ("deprecatedSource.component", "/source/component|/reportingComponent"),
    ("type", "/type"),
])];

const POLICY: &[Line] = &[namespaced("PodDisruptionBudget", "poddisruptionbudgets", "pdb").put_names_revision().subs("status")];

const RBAC: &[Line] = &[
    cluster("ClusterRole", "clusterroles", "").put_creates(),
    cluster("ClusterRoleBinding", "clusterrolebindings", "").put_creates(),
    namespaced("Role", "roles", "").put_creates(),
    namespaced("RoleBinding", "rolebindings", "").put_creates(),
];

const NETWORKING: &[Line] = &[
    namespaced("Ingress", "ingresses", "ing").subs("status"),
    cluster("IngressClass", "ingressclasses", ""),
    cluster("IPAddress", "ipaddresses", "ip"),
    namespaced("NetworkPolicy", "networkpolicies", "netpol"),
    cluster("ServiceCIDR", "servicecidrs", "").subs("status").status_takes(&[]),
];

const STORAGE: &[Line] = &[
    cluster("CSIDriver", "csidrivers", "").put_names_revision().returned(),
    cluster("CSINode", "csinodes", "").put_names_revision().returned(),
    namespaced("CSIStorageCapacity", "csistoragecapacities", "").put_names_revision(),
    cluster("StorageClass", "storageclasses", "sc").returned(),
    cluster("VolumeAttachment", "volumeattachments", "").put_names_revision().returned().subs("status").status_takes(&[]),
    cluster("VolumeAttributesClass", "volumeattributesclasses", "vac").returned(),
];

const SCHEDULING: &[Line] = &[cluster("PriorityClass", "priorityclasses", "pc")];

const NODE: &[Line] = &[cluster("RuntimeClass", "runtimeclasses", "").put_names_revision()];

const CERTIFICATES: &[Line] = &[cluster("CertificateSigningRequest", "certificatesigningrequests", "csr")
    .subs("approval status")
    .select(&[("spec.signerName", "/spec/signerName")])];

const AUTHENTICATION: &[Line] =
    &[cluster("SelfSubjectReview", "selfsubjectreviews", "").asked(), cluster("TokenReview", "tokenreviews", "").asked()];

const AUTHORIZATION: &[Line] = &[
    namespaced("LocalSubjectAccessReview", "localsubjectaccessreviews", "").asked(),
    cluster("SelfSubjectAccessReview", "selfsubjectaccessreviews", "").asked(),
    cluster("SelfSubjectRulesReview", "selfsubjectrulesreviews", "").asked(),
    cluster("SubjectAccessReview", "subjectaccessreviews", "").asked(),
];

const APIEXTENSIONS: &[Line] = &[cluster("CustomResourceDefinition", "customresourcedefinitions", "crd crds")
    .put_names_revision()
    .categories("api-extensions")
    .subs("status")];

const APIREGISTRATION: &[Line] = &[cluster("APIService", "apiservices", "")
    .put_names_revision()
    .categories("api-extensions")
    .subs("status")
    .status_takes(&[])];

const ADMISSION: &[Line] = &[
    cluster("MutatingAdmissionPolicy", "mutatingadmissionpolicies", "").put_names_revision().categories("api-extensions"),
    cluster("MutatingAdmissionPolicyBinding", "mutatingadmissionpolicybindings", "")
        .put_names_revision()
        .categories("api-extensions"),
    cluster("MutatingWebhookConfiguration", "mutatingwebhookconfigurations", "")
        .put_names_revision()
        .categories("api-extensions"),
    cluster("ValidatingAdmissionPolicy", "validatingadmissionpolicies", "")
        .put_names_revision()
        .categories("api-extensions")
        .subs("status")
        .status_takes(&[]),
    cluster("ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", "")
        .put_names_revision()
        .categories("api-extensions"),
    cluster("ValidatingWebhookConfiguration", "validatingwebhookconfigurations", "")
        .put_names_revision()
        .categories("api-extensions"),
];

const FLOWCONTROL: &[Line] = &[
    cluster("FlowSchema", "flowschemas", "").subs("status").status_takes(&[]),
    cluster("PriorityLevelConfiguration", "prioritylevelconfigurations", "").subs("status").status_takes(&[]),
];

const RESOURCE: &[Line] = &[
    cluster("DeviceClass", "deviceclasses", "").returned(),
    namespaced("ResourceClaim", "resourceclaims", "").returned().subs("status").status_takes(&[]),
    namespaced("ResourceClaimTemplate", "resourceclaimtemplates", "").returned(),
    cluster("ResourceSlice", "resourceslices", "")
        .returned()
        .select(&[("spec.driver", "/spec/driver"), ("spec.nodeName", "/spec/nodeName")]),
];
