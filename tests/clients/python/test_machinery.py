"""Behaviours of upstream's conformance tests of the API's machinery and of who may do what, without nodes.

docs/conformance.md says which test of upstream's each stands for."""

import base64
import json

from common import ClusterTest, eventually
from kubernetes import client, watch
from test_kinds import REQUEST

MERGE = {"_content_type": "application/merge-patch+json"}
POD = {"containers": [{"name": "c", "image": "demo", "resources": {"requests": {"cpu": "100m", "memory": "50Mi"}}}]}


def names(listed):
    return sorted(item.metadata.name for item in listed.items)


class Machinery(ClusterTest):
    def setUp(self):
        super().setUp()
        accounts = lambda: names(self.core.list_namespaced_service_account(self.namespace))  # noqa: E731
        eventually("the namespace has its account", lambda: "default" in accounts())

    def pod(self, name, owners=(), **spec):
        metadata = {"name": name, "labels": {"app": "p"}, "ownerReferences": list(owners)}
        body = {"metadata": metadata, "spec": {**POD, "schedulerName": "nobody", **spec}}
        return self.core.create_namespaced_pod(self.namespace, body)

    def gone(self, read, *where):
        def holds():
            try:
                read(*where)
            except client.ApiException as error:
                return error.status == 404

        eventually("it is gone", holds)

    # Discovery

    def test_every_group_tells_versions_and_prefers_one_of_them(self):
        for group in client.ApisApi(self.api).get_api_versions().groups:
            versions = [version.version for version in group.versions]
            self.assertTrue(group.preferred_version.version in versions, group.name)
            for version in versions:
                listed, _, _ = self.raw("GET", f"/apis/{group.name}/{version}")
                self.assertEqual(listed["groupVersion"], f"{group.name}/{version}")

    def raw(self, method, path, body=None, **headers):
        """The answer's JSON, its code and its headers."""
        answer = self.api.rest_client.request(
            method, self.api.configuration.host + path, headers={"Content-Type": "application/json", **headers}, body=body
        )
        data = answer.read()
        return json.loads(data) if data else None, answer.status, answer.getheaders()

    def test_the_server_version_is_made_of_digits(self):
        version = client.VersionApi(self.api).get_code()
        self.assertRegex(version.major + version.minor, r"^\d+$")

    def test_a_table_is_not_to_be_had_of_a_review(self):
        accept = {"Accept": "application/json;as=Table;v=v1;g=meta.k8s.io"}
        review = {"kind": "SelfSubjectAccessReview", "apiVersion": "authorization.k8s.io/v1", "spec": {"nonResourceAttributes": {"path": "/", "verb": "get"}}}
        answer, code, _ = self.raw("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review, **accept)
        self.assertEqual((code, answer["reason"]), (406, "NotAcceptable"))
        table, code, _ = self.raw("GET", "/api/v1/namespaces/default/services", **accept)
        self.assertEqual((code, table["kind"], table["rows"][0]["cells"][0]), (200, "Table", "kubernetes"))

    def test_a_list_is_told_in_chunks_and_goes_on_after_its_revision_is_forgotten(self):
        for n in range(9):
            self.core.create_namespaced_pod_template(self.namespace, {"metadata": {"name": f"t{n}"}, "template": {"spec": POD}})
        first = self.core.list_namespaced_pod_template(self.namespace, limit=4)
        self.assertEqual((len(first.items), first.metadata.remaining_item_count), (4, 5))
        rest = self.core.list_namespaced_pod_template(self.namespace, limit=9, _continue=first.metadata._continue)
        self.assertEqual((len(rest.items), rest.metadata.resource_version), (5, first.metadata.resource_version))

    # Watches

    def test_a_hundred_watches_see_one_order(self):
        start = self.core.list_namespaced_config_map(self.namespace).metadata.resource_version
        for n in range(30):
            body = {"metadata": {"name": f"c{n % 5}"}, "data": {"n": str(n)}}
            if n < 5:
                self.core.create_namespaced_config_map(self.namespace, body)
            elif n % 7 == 0:
                self.core.delete_namespaced_config_map(f"c{n % 5}", self.namespace)
                self.core.create_namespaced_config_map(self.namespace, body)
            else:
                self.core.replace_namespaced_config_map(f"c{n % 5}", self.namespace, body)
        end = self.core.list_namespaced_config_map(self.namespace).metadata.resource_version
        told = self.versions(start, end)
        for n in range(len(told)):
            self.assertEqual(self.versions(told[n], end), told[n + 1 :])

    def versions(self, start, end):
        seen, follow = [], watch.Watch()
        if start == end:
            return seen
        for event in follow.stream(self.core.list_namespaced_config_map, self.namespace, resource_version=start, timeout_seconds=30):
            seen.append(event["object"].metadata.resource_version)
            if int(seen[-1]) >= int(end):
                follow.stop()
        return seen

    # Namespaces

    def test_a_namespace_is_changed_its_status_and_its_finalizers_too(self):
        patched = self.core.patch_namespace(self.namespace, {"metadata": {"labels": {"a": "b"}}})
        self.assertEqual(patched.metadata.labels["a"], "b")
        patched.metadata.labels["c"] = "d"
        self.assertEqual(self.core.replace_namespace(self.namespace, patched).metadata.labels["c"], "d")
        status = self.core.read_namespace_status(self.namespace)
        self.assertEqual(status.status.phase, "Active")
        condition = {"type": "Mine", "status": "Unknown", "reason": "R", "message": "m"}
        body = {"metadata": {"annotations": {"n": "1"}}, "status": {"conditions": [condition]}}
        said = self.core.patch_namespace_status(self.namespace, body, **MERGE)
        self.assertEqual((said.status.conditions[-1].type, said.metadata.annotations["n"]), ("Mine", "1"))
        said.spec.finalizers.append("example.com/mine")
        held = self.core.replace_namespace_finalize(self.namespace, said)
        self.assertIn("example.com/mine", held.spec.finalizers)
        held.spec.finalizers.remove("example.com/mine")
        self.assertEqual(self.core.replace_namespace_finalize(self.namespace, held).spec.finalizers, ["kubernetes"])

    def test_a_namespace_takes_its_objects_along(self):
        name = self.core.create_namespace({"metadata": {"generateName": "gone-"}}).metadata.name
        self.core.create_namespaced_service(name, {"metadata": {"name": "s"}, "spec": {"ports": [{"port": 80}]}})
        self.core.create_namespaced_pod(name, {"metadata": {"name": "p"}, "spec": POD})
        self.core.create_namespaced_config_map(name, {"metadata": {"name": "c", "finalizers": ["example.com/hold"]}})
        self.core.delete_namespace(name)
        eventually("it says what is left", lambda: self.left(name) == "True")
        with self.refused(403, "Forbidden", "because it is being terminated"):
            self.core.create_namespaced_config_map(name, {"metadata": {"name": "new"}})
        self.core.patch_namespaced_config_map("c", name, {"metadata": {"finalizers": None}}, **MERGE)
        self.gone(self.core.read_namespace, name)
        self.core.create_namespace({"metadata": {"name": name}})
        self.assertEqual((self.core.list_namespaced_service(name).items, self.core.list_namespaced_pod(name).items), ([], []))
        self.core.delete_namespace(name)

    def left(self, name):
        conditions = self.core.read_namespace(name).status.conditions or []
        return next((c.status for c in conditions if c.type == "NamespaceFinalizersRemaining"), None)

    # Garbage collection

    def controller(self, name, replicas):
        body = {
            "metadata": {"name": name},
            "spec": {"replicas": replicas, "selector": {"rc": name}, "template": {"metadata": {"labels": {"rc": name}}, "spec": POD}},
        }
        made = self.core.create_namespaced_replication_controller(self.namespace, body)
        eventually("its pods are there", lambda: len(self.pods(f"rc={name}")) == replicas)
        return made

    def pods(self, selector):
        return self.core.list_namespaced_pod(self.namespace, label_selector=selector).items

    def test_what_an_owner_leaves_follows_the_policy_of_its_deletion(self):
        for policy in ["Background", "Foreground", "Orphan"]:
            with self.subTest(policy):
                name = policy.lower()
                made = self.controller(name, 5)
                options = {"propagationPolicy": policy, "preconditions": {"uid": made.metadata.uid}}
                self.core.delete_namespaced_replication_controller(name, self.namespace, body=options)
                self.gone(self.core.read_namespaced_replication_controller, name, self.namespace)
                if policy == "Background":
                    eventually("its pods go", lambda: not self.pods("rc=background"))
                if policy == "Foreground":
                    self.assertEqual(self.pods("rc=foreground"), [])
                if policy == "Orphan":
                    eventually("none is owned", lambda: not any(pod.metadata.owner_references for pod in self.pods("rc=orphan")))
                    self.assertEqual(len(self.pods("rc=orphan")), 5)

    def test_replica_sets_go_with_their_deployment_or_stay_behind(self):
        for policy, left in [("Background", 0), ("Orphan", 1)]:
            with self.subTest(policy):
                name = policy.lower()
                template = {"metadata": {"labels": {"d": name}}, "spec": POD}
                spec = {"replicas": 1, "selector": {"matchLabels": {"d": name}}, "template": template}
                self.apps.create_namespaced_deployment(self.namespace, {"metadata": {"name": name}, "spec": spec})
                sets = lambda: self.apps.list_namespaced_replica_set(self.namespace, label_selector=f"d={name}").items  # noqa: E731
                eventually("its set is there", sets)
                self.apps.delete_namespaced_deployment(name, self.namespace, body={"propagationPolicy": policy})
                self.gone(self.apps.read_namespaced_deployment, name, self.namespace)
                eventually("sets are left as asked", lambda: len(sets()) == left)
                if left:
                    eventually("it is not owned", lambda: not sets()[0].metadata.owner_references)

    def test_pods_that_own_each_other_go_together(self):
        first = self.pod("one")
        owner = lambda pod: {"apiVersion": "v1", "kind": "Pod", "name": pod.metadata.name, "uid": pod.metadata.uid, "controller": True, "blockOwnerDeletion": True}  # noqa: E731
        second = self.pod("two", [owner(first)])
        third = self.pod("three", [owner(second)])
        self.core.patch_namespaced_pod("one", self.namespace, {"metadata": {"ownerReferences": [owner(third)]}})
        self.core.delete_namespaced_pod("one", self.namespace, body={"propagationPolicy": "Foreground"})
        eventually("all are gone", lambda: not self.pods("app=p"))

    def test_a_second_owner_keeps_a_pod(self):
        going, staying = self.controller("going", 2), self.controller("staying", 0)
        kept = {"apiVersion": "v1", "kind": "ReplicationController", "name": "staying", "uid": staying.metadata.uid}
        pod = self.pods("rc=going")[0].metadata.name
        self.core.patch_namespaced_pod(pod, self.namespace, {"metadata": {"ownerReferences": [kept]}})
        options = {"propagationPolicy": "Foreground", "preconditions": {"uid": going.metadata.uid}}
        self.core.delete_namespaced_replication_controller("going", self.namespace, body=options)
        self.gone(self.core.read_namespaced_replication_controller, "going", self.namespace)
        self.assertEqual([p.metadata.name for p in self.pods("rc=going")], [pod])
        self.assertEqual([o.name for o in self.core.read_namespaced_pod(pod, self.namespace).metadata.owner_references], ["staying"])

    # Quotas

    def used(self, name):
        return self.core.read_namespaced_resource_quota(name, self.namespace).status.used or {}

    def quota(self, name, scopes=None, **hard):
        hard = {key.replace("__", "/").replace("_", "."): value for key, value in hard.items()}
        self.core.create_namespaced_resource_quota(self.namespace, {"metadata": {"name": name}, "spec": {"hard": hard, "scopes": scopes}})
        eventually(f"{name} is counted", lambda: set(self.used(name)) == set(hard))

    def test_quotas_count_what_comes_and_goes(self):
        eventually("the namespace has its usual objects", lambda: self.core.list_namespaced_config_map(self.namespace).items)
        self.quota("q", pods="2", services="2", services_nodeports="1", secrets="10", configmaps="10", replicationcontrollers="5",
                   resourcequotas="1", persistentvolumeclaims="3", requests_storage="2Gi", cpu="150m", count__replicasets_apps="1")
        before = self.used("q")
        self.assertEqual((before["resourcequotas"], before["configmaps"], before["pods"]), ("1", "1", "0"))
        counted = lambda key, wanted: eventually(f"{key} is {wanted}", lambda: self.used("q")[key] == wanted)  # noqa: E731
        self.pod("a")
        counted("cpu", "100m")
        with self.refused(403, "Forbidden", "exceeded quota: q, requested: cpu=100m, used: cpu=100m, limited: cpu=150m"):
            self.pod("b")
        self.core.create_namespaced_secret(self.namespace, {"metadata": {"name": "s"}})
        held = lambda: str(len(self.core.list_namespaced_secret(self.namespace).items))  # noqa: E731
        eventually("the secrets are counted", lambda: self.used("q")["secrets"] == held() != "0")
        self.core.create_namespaced_config_map(self.namespace, {"metadata": {"name": "c"}})
        counted("configmaps", "2")
        self.core.create_namespaced_service(self.namespace, {"metadata": {"name": "n"}, "spec": {"type": "NodePort", "ports": [{"port": 80}]}})
        counted("services.nodeports", "1")
        with self.refused(403, "Forbidden", "services.nodeports"):
            self.core.create_namespaced_service(self.namespace, {"metadata": {"name": "l"}, "spec": {"type": "LoadBalancer", "ports": [{"port": 80}]}})
        self.controller("r", 0)
        counted("replicationcontrollers", "1")
        claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
        self.core.create_namespaced_persistent_volume_claim(self.namespace, {"metadata": {"name": "v"}, "spec": claim})
        counted("requests.storage", "1Gi")
        template = {"metadata": {"labels": {"x": "y"}}, "spec": POD}
        spec = {"replicas": 0, "selector": {"matchLabels": {"x": "y"}}, "template": template}
        self.apps.create_namespaced_replica_set(self.namespace, {"metadata": {"name": "x"}, "spec": spec})
        counted("count/replicasets.apps", "1")
        self.apps.delete_namespaced_replica_set("x", self.namespace)
        counted("count/replicasets.apps", "0")
        self.core.delete_namespaced_pod("a", self.namespace, grace_period_seconds=0)
        counted("cpu", "0")
        self.core.delete_namespaced_service("n", self.namespace)
        counted("services.nodeports", "0")

    def test_quotas_of_a_scope_count_their_pods_alone(self):
        self.quota("best", ["BestEffort"], pods="5")
        self.quota("not-best", ["NotBestEffort"], pods="5")
        self.quota("ending", ["Terminating"], pods="5")
        self.quota("lasting", ["NotTerminating"], pods="5")
        pods = {"best": {"containers": [{"name": "c", "image": "demo"}]}, "ending": {"activeDeadlineSeconds": 3600}}
        for name, spec in pods.items():
            self.pod(name, **spec)
        wanted = {"best": "1", "not-best": "1", "ending": "1", "lasting": "1"}
        eventually("each is counted", lambda: {name: self.used(name)["pods"] for name in wanted} == wanted)
        for name in pods:
            self.core.delete_namespaced_pod(name, self.namespace, grace_period_seconds=0)
        eventually("none is counted", lambda: {self.used(name)["pods"] for name in wanted} == {"0"})

    def test_a_quota_lives(self):
        self.quota("q", pods="5")
        patched = self.core.patch_namespaced_resource_quota("q", self.namespace, {"metadata": {"labels": {"q": "1"}}, "spec": {"hard": {"pods": "6"}}})
        self.assertEqual(patched.spec.hard, {"pods": "6"})
        eventually("its status follows", lambda: self.core.read_namespaced_resource_quota_status("q", self.namespace).status.hard == {"pods": "6"})
        self.core.patch_namespaced_resource_quota_status("q", self.namespace, {"status": {"hard": {"pods": "90"}}}, **MERGE)
        eventually("it is healed", lambda: self.core.read_namespaced_resource_quota("q", self.namespace).status.hard == {"pods": "6"})
        found = self.core.list_resource_quota_for_all_namespaces(label_selector="q=1").items
        self.assertEqual([item.metadata.name for item in found], ["q"])
        self.core.delete_collection_namespaced_resource_quota(self.namespace, label_selector="q=1")
        self.gone(self.core.read_namespaced_resource_quota, "q", self.namespace)

    # Who may do what

    def test_certificate_requests_are_approved_signed_and_cleared(self):
        certificates = client.CertificatesV1Api(self.api)
        spec = {"request": REQUEST, "signerName": "example.com/e2e", "usages": ["client auth"], "expirationSeconds": 86400}
        made = certificates.create_certificate_signing_request({"metadata": {"generateName": "e2e-", "labels": {"ns": self.namespace}}, "spec": spec})
        name = made.metadata.name
        self.assertEqual((made.spec.expiration_seconds, made.spec.username), (86400, "kubernetes-admin"))
        found = certificates.list_certificate_signing_request(field_selector="spec.signerName=example.com/e2e")
        self.assertIn(name, names(found))
        denied = {"type": "ApprovalPatch", "status": "True", "reason": "R", "message": "m"}
        patched = certificates.patch_certificate_signing_request_approval(name, {"status": {"conditions": [denied]}}, **MERGE)
        self.assertEqual(patched.status.conditions[0].type, "ApprovalPatch")
        approved = {"type": "Approved", "status": "True", "reason": "R", "message": "m"}
        patched.status.conditions.append(client.V1CertificateSigningRequestCondition(**approved))
        answered = certificates.replace_certificate_signing_request_approval(name, patched)
        self.assertIn("Approved", [c.type for c in answered.status.conditions])
        certificate = base64.b64encode(b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n").decode()
        try:
            certificates.patch_certificate_signing_request_status(name, {"status": {"certificate": certificate}}, **MERGE)
        except client.ApiException as error:
            self.assertEqual(error.status, 422)
        certificates.delete_collection_certificate_signing_request(field_selector=f"metadata.name={name}")
        self.gone(certificates.read_certificate_signing_request, name)

    def test_a_pod_is_given_a_token_unless_it_or_its_account_says_no(self):
        for account, mounts in [("default", None), ("yes", True), ("no", False)]:
            if account != "default":
                self.core.create_namespaced_service_account(self.namespace, {"metadata": {"name": account}, "automountServiceAccountToken": mounts})
            for wish in [None, True, False]:
                with self.subTest(account=account, pod=wish):
                    pod = self.pod(f"{account}-{wish}".lower(), serviceAccountName=account, automountServiceAccountToken=wish)
                    paths = [m.mount_path for m in pod.spec.containers[0].volume_mounts or []]
                    wanted = wish if wish is not None else mounts is not False
                    self.assertEqual("/var/run/secrets/kubernetes.io/serviceaccount" in paths, wanted)

    def test_the_root_certificate_comes_back(self):
        eventually("it is there", lambda: "kube-root-ca.crt" in names(self.core.list_namespaced_config_map(self.namespace)))
        wanted = self.core.read_namespaced_config_map("kube-root-ca.crt", self.namespace).data
        self.core.delete_namespaced_config_map("kube-root-ca.crt", self.namespace)
        eventually("it is back", lambda: "kube-root-ca.crt" in names(self.core.list_namespaced_config_map(self.namespace)))
        self.core.patch_namespaced_config_map("kube-root-ca.crt", self.namespace, {"data": {"ca.crt": ""}}, **MERGE)
        eventually("it is mended", lambda: self.core.read_namespaced_config_map("kube-root-ca.crt", self.namespace).data == wanted)

    def test_a_service_account_lives(self):
        start = self.core.list_namespaced_service_account(self.namespace).metadata.resource_version
        body = {"metadata": {"name": "robot", "labels": {"l": "1"}}}
        self.core.create_namespaced_service_account(self.namespace, body)

        def replaced():
            read = self.core.read_namespaced_service_account("robot", self.namespace)
            read.automount_service_account_token = False
            try:
                return self.core.replace_namespaced_service_account("robot", self.namespace, read)
            except client.ApiException as error:
                self.assertEqual(error.status, 409)

        self.assertIs(eventually("it is replaced", replaced).automount_service_account_token, False)
        self.core.patch_namespaced_service_account("robot", self.namespace, {"automountServiceAccountToken": True})
        self.assertEqual(names(self.core.list_service_account_for_all_namespaces(label_selector="l=1")), ["robot"])
        self.core.delete_collection_namespaced_service_account(self.namespace, label_selector="l=1")
        told, follow = [], watch.Watch()
        for event in follow.stream(self.core.list_namespaced_service_account, self.namespace, label_selector="l=1", resource_version=start, timeout_seconds=30):
            told.append(event["type"])
            if told[-1] == "DELETED":
                follow.stop()
        self.assertEqual((told[0], told[-1], set(told[1:-1])), ("ADDED", "DELETED", {"MODIFIED"}))

    def test_reviews_say_what_enforcement_does(self):
        asking = client.AuthorizationV1Api(self.api)
        rights = client.RbacAuthorizationV1Api(self.api)
        user, groups = f"{self.namespace}-user", ["system:authenticated", "readers"]
        attributes = {"namespace": self.namespace, "verb": "list", "resource": "configmaps"}
        review = {"spec": {"user": user, "groups": groups, "uid": "u-1", "resourceAttributes": attributes}}
        local = {"metadata": {"namespace": self.namespace}, **review}
        headers = {"Impersonate-User": user, "Impersonate-Uid": "u-1"}

        def allowed():
            answers = {
                asking.create_subject_access_review(review).status.allowed,
                asking.create_namespaced_local_subject_access_review(self.namespace, local).status.allowed,
            }
            _, code, _ = self.raw("GET", f"/api/v1/namespaces/{self.namespace}/configmaps", **headers, **{"Impersonate-Group": "readers"})
            return answers, code

        self.assertEqual(allowed(), ({False}, 403))
        rights.create_namespaced_role(self.namespace, {"metadata": {"name": "r"}, "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["list"]}]})
        binding = {"metadata": {"name": "b"}, "roleRef": {"kind": "Role", "name": "r"}, "subjects": [{"kind": "Group", "name": "readers"}]}
        rights.create_namespaced_role_binding(self.namespace, binding)
        eventually("all allow", lambda: allowed() == ({True}, 200))

    def test_the_issuer_of_tokens_tells_its_keys(self):
        found, code, _ = self.raw("GET", "/.well-known/openid-configuration")
        keys, key_code, _ = self.raw("GET", "/openid/v1/jwks")
        self.assertEqual((code, key_code), (200, 200))
        self.assertTrue(found["jwks_uri"].endswith("/openid/v1/jwks"))
        self.core.create_namespaced_service_account(self.namespace, {"metadata": {"name": "robot"}})
        spec = {"audiences": ["elsewhere"], "expirationSeconds": 3600}
        token = self.core.create_namespaced_service_account_token("robot", self.namespace, {"spec": spec}).status.token
        head, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2])
        self.assertIn(head["kid"], [key["kid"] for key in keys["keys"]])
        self.assertEqual((claims["iss"], claims["aud"]), (found["issuer"], ["elsewhere"]))
        reviews = client.AuthenticationV1Api(self.api)
        self.assertFalse(reviews.create_token_review({"spec": {"token": token}}).status.authenticated)
        there = reviews.create_token_review({"spec": {"token": token, "audiences": ["elsewhere"]}}).status
        self.assertEqual((there.authenticated, there.audiences), (True, ["elsewhere"]))
        self.assertEqual(sorted(there.user.groups), ["system:authenticated", "system:serviceaccounts", f"system:serviceaccounts:{self.namespace}"])
