"""Every verb of every stored kind that discovery tells of, status included: no kind may lack a sample here."""

import json

from common import ClusterTest, eventually
from kubernetes import client, dynamic

POD = {"containers": [{"name": "c", "image": "demo"}]}
TEMPLATE = {"metadata": {"labels": {"app": "k"}}, "spec": POD}
SELECTED = {"selector": {"matchLabels": {"app": "k"}}, "template": TEMPLATE}
HOOK = {
    "name": "hook.example.com",
    "sideEffects": "None",
    "admissionReviewVersions": ["v1"],
    "clientConfig": {"url": "https://127.0.0.1:1/"},
    "rules": [],
}
POLICY = {
    "matchConstraints": {"resourceRules": [{"apiGroups": ["k.example.com"], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["none"]}]}
}
CAPACITY = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
DEVICE = {"devices": {"requests": [{"name": "r", "exactly": {"deviceClassName": "k"}}]}}

# A PEM request for CN=k, in base64.
REQUEST = (
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIRk1HNENBUUF3RERFS01BZ0dBMVVFQXd3QmF6QlpNQk1HQnlxR1NNNDlBZ0"
    "VHQ0NxR1NNNDlBd0VIQTBJQQpCQWNLQXF0bGd3TUpQZDJ3UXpPRTc2MUhyVFFUL1R6d09ZQWxPR3lycldSR2U1NjdVM1dydWlab0k5NnlIcjhp"
    "CldiMDdqenU4SUl6NUFIZmtSWGd2YmdPZ0FEQUtCZ2dxaGtqT1BRUURBZ05IQURCRUFpQkJnUysrUzNBYk42eXcKTnR3NGh6ZlhhMHN6U3EzZE"
    "hIL3FlcmR4S3E3emdRSWdkSG9IUU5UOXNOeWtzVTZJYUJhWFBUeWdBbXlGSGNETgpiMUpybWlXd2ZpRT0KLS0tLS1FTkQgQ0VSVElGSUNBVEUg"
    "UkVRVUVTVC0tLS0tCg=="
)

# Of each kind: what is made, and a change of its status where it has one.
SAMPLES = {
    "v1/ConfigMap": {"data": {"k": "v"}},
    "v1/Endpoints": {"subsets": [{"addresses": [{"ip": "192.0.2.1"}], "ports": [{"port": 80}]}]},
    "v1/Event": {"involvedObject": {"kind": "Pod", "name": "p", "namespace": "NAMESPACE"}, "reason": "R", "type": "Normal"},
    "v1/LimitRange": {"spec": {"limits": [{"type": "Pod", "max": {"cpu": "1"}}]}},
    "v1/Namespace": {},
    "v1/Node": {"spec": {"unschedulable": True}},
    "v1/PersistentVolume": {
        "spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/tmp"}}
    },
    "v1/PersistentVolumeClaim": {"spec": CAPACITY},
    "v1/Pod": {"spec": {**POD, "schedulerName": "nobody"}},
    "v1/PodTemplate": {"template": TEMPLATE},
    "v1/ReplicationController": {"spec": {"replicas": 0, "selector": {"app": "k"}, "template": TEMPLATE}},
    "v1/ResourceQuota": {"spec": {"hard": {"pods": "100"}}},
    "v1/Secret": {"stringData": {"k": "v"}},
    "v1/Service": {"spec": {"ports": [{"port": 80}]}},
    "v1/ServiceAccount": {},
    "apps/v1/ControllerRevision": {"data": {"a": 1}, "revision": 1},
    "apps/v1/DaemonSet": {"spec": {**SELECTED, "template": {**TEMPLATE, "spec": {**POD, "nodeSelector": {"no": "node"}}}}},
    "apps/v1/Deployment": {"spec": {**SELECTED, "replicas": 0}},
    "apps/v1/ReplicaSet": {"spec": {**SELECTED, "replicas": 0}},
    "apps/v1/StatefulSet": {"spec": {**SELECTED, "replicas": 0, "serviceName": "k"}},
    "batch/v1/CronJob": {
        "spec": {"schedule": "0 0 1 1 ?", "jobTemplate": {"spec": {"template": {"spec": {**POD, "restartPolicy": "Never"}}}}}
    },
    "batch/v1/Job": {"spec": {"suspend": True, "template": {"spec": {**POD, "restartPolicy": "Never"}}}},
    "autoscaling/v1/HorizontalPodAutoscaler": {
        "spec": {"maxReplicas": 3, "scaleTargetRef": {"kind": "Deployment", "name": "k", "apiVersion": "apps/v1"}}
    },
    "autoscaling/v2/HorizontalPodAutoscaler": {
        "spec": {"maxReplicas": 3, "scaleTargetRef": {"kind": "Deployment", "name": "k", "apiVersion": "apps/v1"}}
    },
    "discovery.k8s.io/v1/EndpointSlice": {"addressType": "IPv4", "endpoints": [{"addresses": ["192.0.2.1"]}], "ports": []},
    "coordination.k8s.io/v1/Lease": {"spec": {"holderIdentity": "me", "renewTime": "0001-01-02T03:04:05.000006Z"}},
    "events.k8s.io/v1/Event": {
        "eventTime": "2026-01-02T03:04:05.000006Z",
        "reportingController": "example.com/k",
        "reportingInstance": "k-1",
        "action": "A",
        "reason": "R",
        "type": "Normal",
        "regarding": {"kind": "Pod", "name": "p", "namespace": "NAMESPACE"},
    },
    "policy/v1/PodDisruptionBudget": {"spec": {"minAvailable": 1, "selector": {"matchLabels": {"no": "pod"}}}},
    "rbac.authorization.k8s.io/v1/ClusterRole": {"rules": []},
    "rbac.authorization.k8s.io/v1/ClusterRoleBinding": {"roleRef": {"kind": "ClusterRole", "name": "view"}},
    "rbac.authorization.k8s.io/v1/Role": {"rules": []},
    "rbac.authorization.k8s.io/v1/RoleBinding": {"roleRef": {"kind": "ClusterRole", "name": "view"}},
    "networking.k8s.io/v1/Ingress": {
        "spec": {"defaultBackend": {"service": {"name": "k", "port": {"number": 80}}}},
    },
    "networking.k8s.io/v1/IngressClass": {"spec": {"controller": "example.com/k"}},
    "networking.k8s.io/v1/IPAddress": {
        "name": "192.0.2.77",
        "spec": {"parentRef": {"resource": "services", "name": "k", "namespace": "default"}},
    },
    "networking.k8s.io/v1/NetworkPolicy": {"spec": {"podSelector": {}}},
    "networking.k8s.io/v1/ServiceCIDR": {"spec": {"cidrs": ["192.0.2.0/24"]}},
    "storage.k8s.io/v1/CSIDriver": {"spec": {"attachRequired": False}},
    "storage.k8s.io/v1/CSINode": {"spec": {"drivers": []}},
    "storage.k8s.io/v1/CSIStorageCapacity": {"storageClassName": "k", "capacity": "1Gi"},
    "storage.k8s.io/v1/StorageClass": {"provisioner": "example.com/k"},
    "storage.k8s.io/v1/VolumeAttachment": {
        "spec": {"attacher": "k.example.com", "nodeName": "n", "source": {"persistentVolumeName": "v"}}
    },
    "storage.k8s.io/v1/VolumeAttributesClass": {"driverName": "csi.example.com", "parameters": {"a": "b"}},
    "scheduling.k8s.io/v1/PriorityClass": {"value": 5},
    "node.k8s.io/v1/RuntimeClass": {"handler": "runc"},
    "certificates.k8s.io/v1/CertificateSigningRequest": {
        "spec": {"request": REQUEST, "signerName": "example.com/k", "usages": ["client auth"], "expirationSeconds": 3600}
    },
    "apiextensions.k8s.io/v1/CustomResourceDefinition": {
        "name": "ks.k.example.com",
        "spec": {
            "group": "k.example.com",
            "scope": "Cluster",
            "names": {"plural": "ks", "kind": "K"},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}],
        },
    },
    "apiregistration.k8s.io/v1/APIService": {
        "name": "v1.far.example.com",
        "spec": {
            "group": "far.example.com",
            "version": "v1",
            "groupPriorityMinimum": 100,
            "versionPriority": 10,
            "service": {"name": "k", "namespace": "default"},
        },
    },
    "admissionregistration.k8s.io/v1/MutatingAdmissionPolicy": {
        "spec": {
            **POLICY,
            "reinvocationPolicy": "Never",
            "mutations": [{"patchType": "JSONPatch", "jsonPatch": {"expression": "[]"}}],
        }
    },
    "admissionregistration.k8s.io/v1/MutatingAdmissionPolicyBinding": {"spec": {"policyName": "k"}},
    "admissionregistration.k8s.io/v1/MutatingWebhookConfiguration": {"webhooks": [HOOK]},
    "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy": {
        "spec": {**POLICY, "validations": [{"expression": "true"}]}
    },
    "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding": {
        "spec": {"policyName": "k", "validationActions": ["Deny"]}
    },
    "admissionregistration.k8s.io/v1/ValidatingWebhookConfiguration": {"webhooks": [HOOK]},
    "flowcontrol.apiserver.k8s.io/v1/FlowSchema": {"spec": {"priorityLevelConfiguration": {"name": "k"}}},
    "flowcontrol.apiserver.k8s.io/v1/PriorityLevelConfiguration": {
        "spec": {"type": "Limited", "limited": {"limitResponse": {"type": "Reject"}}}
    },
    "resource.k8s.io/v1/DeviceClass": {"spec": {}},
    "resource.k8s.io/v1/ResourceClaim": {"spec": DEVICE},
    "resource.k8s.io/v1/ResourceClaimTemplate": {"spec": {"spec": DEVICE}},
    "resource.k8s.io/v1/ResourceSlice": {
        "spec": {"driver": "example.com", "nodeName": "n", "pool": {"name": "p", "generation": 1, "resourceSliceCount": 1}, "devices": [{"name": "d"}]}
    },
}

# A condition stands in the status of most kinds: of these something else does, or the condition wants more.
CONDITION = {"type": "Mine", "status": "True", "reason": "Said", "message": "m", "lastTransitionTime": "2026-01-02T03:04:05Z"}
STATUSES = {
    "v1/ResourceQuota": {"hard": {"pods": "7"}},
    "v1/PersistentVolume": {"message": "m"},
    "v1/Node": {"conditions": [{"type": "Mine", "status": "True"}]},
    "networking.k8s.io/v1/Ingress": {"loadBalancer": {"ingress": [{"ip": "192.0.2.9"}]}},
    "batch/v1/CronJob": {"lastScheduleTime": "2026-01-02T03:04:05Z"},
    "autoscaling/v1/HorizontalPodAutoscaler": {"currentReplicas": 2, "desiredReplicas": 2},
    "storage.k8s.io/v1/VolumeAttachment": {"attached": True},
    "certificates.k8s.io/v1/CertificateSigningRequest": {"certificate": ""},
    "resource.k8s.io/v1/ResourceClaim": None,
    "policy/v1/PodDisruptionBudget": {
        "disruptionsAllowed": 0, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0, "conditions": [CONDITION],
    },
}
STATUS_ALONE = {
    "admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy",
    "apiregistration.k8s.io/v1/APIService",
    "flowcontrol.apiserver.k8s.io/v1/FlowSchema",
    "flowcontrol.apiserver.k8s.io/v1/PriorityLevelConfiguration",
    "networking.k8s.io/v1/ServiceCIDR",
    "resource.k8s.io/v1/ResourceClaim",
    "storage.k8s.io/v1/VolumeAttachment",
}
NO_COLLECTION = {"v1/Namespace"}


class Kinds(ClusterTest):
    def setUp(self):
        super().setUp()
        self.found = dynamic.DynamicClient(self.api)

    def stored(self):
        """Every kind that discovery says can be made and listed, by its name in SAMPLES."""
        kinds = {}
        for kind in self.found.resources.search():
            listed = not isinstance(kind, dynamic.resource.ResourceList) and {"create", "list"} <= set(kind.verbs or [])
            if listed and not kind.group.endswith(".example.com"):
                kinds[f"{kind.group_version}/{kind.kind}"] = kind
        return kinds

    def sample(self, name, kind, suffix):
        body = json.loads(json.dumps(SAMPLES[name]).replace("NAMESPACE", self.namespace))
        wanted = body.pop("name", None) or f"{self.namespace}-{suffix}"
        labels = {"kind": f"{kind.kind.lower()}-{suffix}"}
        return {"apiVersion": kind.group_version, "kind": kind.kind, "metadata": {"name": wanted, "labels": labels}, **body}

    def test_every_stored_kind_has_a_sample(self):
        self.assertEqual(sorted(self.stored()), sorted(SAMPLES))

    def test_every_verb_of_every_kind_works(self):
        for name, kind in sorted(self.stored().items()):
            with self.subTest(name):
                self.verbs(name, kind)

    def verbs(self, name, kind):
        where = {"namespace": self.namespace} if kind.namespaced else {}
        body = self.sample(name, kind, "a")
        at, chosen = body["metadata"]["name"], {"label_selector": f"kind={kind.kind.lower()}-a"}
        start = kind.get(**where).metadata.resourceVersion
        self.assertIsNone(self.read_or_none(kind, at, where))
        kind.create(body, dry_run="All", **where)
        self.assertIsNone(self.read_or_none(kind, at, where))
        made = kind.create(body, field_validation="Strict", **where)
        self.assertTrue(made.metadata.uid and made.metadata.creationTimestamp)
        read = kind.get(name=at, **where)
        self.assertEqual((read.kind, read.apiVersion), (kind.kind, kind.group_version))
        for listed in [kind.get(**where, **chosen), kind.get(**chosen)]:
            self.assertEqual([item.metadata.name for item in listed.items], [at])
        self.assertEqual(len(kind.get(field_selector=f"metadata.name={at}", **where).items), 1)
        merge = {"content_type": "application/merge-patch+json"}
        note = {"metadata": {"annotations": {"merge": "yes"}}}
        self.assertEqual(kind.patch(body=note, name=at, **where, **merge).metadata.annotations.merge, "yes")
        note = {"metadata": {"annotations": {"strategic": "yes"}}}
        strategic = {"content_type": "application/strategic-merge-patch+json"}
        self.assertEqual(kind.patch(body=note, name=at, **where, **strategic).metadata.annotations.merge, "yes")
        steps = [{"op": "add", "path": "/metadata/annotations/json", "value": "yes"}]
        kind.patch(body=steps, name=at, content_type="application/json-patch+json", **where)
        applied = {"apiVersion": kind.group_version, "kind": kind.kind, "metadata": {"name": at, "annotations": {"apply": "yes"}}}
        kind.server_side_apply(applied, name=at, field_manager="test", **where)
        self.replace(kind, at, where)
        if "status" in [sub.split("/")[-1] for sub in (kind.subresources or {})]:
            self.status(name, kind, at, where)
        told = self.told(kind, at, start, where)
        self.assertEqual(told[:2], ["ADDED", "MODIFIED"])
        self.delete(kind, at, where)
        if name not in NO_COLLECTION:
            kind.create(self.sample(name, kind, "b"), **where)
            kind.delete(label_selector=f"kind={kind.kind.lower()}-b", **where)
            eventually(f"{name} is cleared", lambda: not kind.get(label_selector=f"kind={kind.kind.lower()}-b", **where).items)

    def replace(self, kind, at, where):
        def once():
            read = kind.get(name=at, **where).to_dict()
            self.assertEqual(
                {key: read["metadata"]["annotations"].get(key) for key in ["merge", "strategic", "json", "apply"]},
                {"merge": "yes", "strategic": "yes", "json": "yes", "apply": "yes"},
            )
            read["metadata"]["annotations"]["replace"] = "yes"
            try:
                return kind.replace(read, **where)
            except dynamic.exceptions.ConflictError:
                return None

        self.assertEqual(eventually("it is replaced", once).metadata.annotations.replace, "yes")

    def status(self, name, kind, at, where):
        status = STATUSES.get(name, {"conditions": [CONDITION]})
        if status is None:
            return
        sub = kind.subresources["status"]
        self.assertEqual(sub.get(name=at, **where).kind, kind.kind)
        patch = {"metadata": {"annotations": {"status": "yes"}}, "status": status}
        patched = sub.patch(body=patch, name=at, content_type="application/merge-patch+json", **where).to_dict()
        # As upstream: a status of these says nothing about the rest of the object.
        said = None if name in STATUS_ALONE else "yes"
        self.assertEqual(patched["metadata"]["annotations"].get("status"), said)
        for key, value in status.items():
            said = patched["status"].get(key, "")
            self.assertEqual(said if key != "conditions" else [c for c in said if c["type"] == "Mine"][0]["status"], value if key != "conditions" else "True")

        def put():
            try:
                return sub.replace(sub.get(name=at, **where).to_dict(), name=at, **where)
            except dynamic.exceptions.ConflictError:
                return None

        eventually("the status is replaced", put)

    def told(self, kind, at, start, where):
        seen = []
        chosen = {"field_selector": f"metadata.name={at}", "resource_version": start}
        for event in kind.watch(timeout=30, **chosen, **where):
            seen.append(event["type"])
            if len(seen) == 2:
                break
        return seen

    def delete(self, kind, at, where):
        uid = kind.get(name=at, **where).metadata.uid
        with self.assertRaises(dynamic.exceptions.ConflictError):
            kind.delete(name=at, body={"preconditions": {"uid": "other"}}, **where)
        kind.delete(name=at, body={"preconditions": {"uid": uid}, "gracePeriodSeconds": 0}, **where)
        eventually(f"{kind.kind} {at} is gone", lambda: self.read_or_none(kind, at, where) is None)

    def read_or_none(self, kind, at, where):
        try:
            return kind.get(name=at, **where)
        except client.ApiException as error:
            self.assertEqual(error.status, 404)
