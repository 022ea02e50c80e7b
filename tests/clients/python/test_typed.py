"""The Python client's typed interface: objects as classes, errors as exceptions."""

import datetime

from common import ClusterTest, eventually
from kubernetes import client, watch


def config_map(name, **data):
    return client.V1ConfigMap(metadata=client.V1ObjectMeta(name=name, labels={"app": "a"}), data=data)


def deployment(name, replicas=2):
    labels = {"app": name}
    container = client.V1Container(name="c", image="demo", ports=[client.V1ContainerPort(container_port=80)])
    template = client.V1PodTemplateSpec(
        metadata=client.V1ObjectMeta(labels=labels), spec=client.V1PodSpec(containers=[container])
    )
    spec = client.V1DeploymentSpec(replicas=replicas, selector=client.V1LabelSelector(match_labels=labels), template=template)
    return client.V1Deployment(metadata=client.V1ObjectMeta(name=name), spec=spec)


class Typed(ClusterTest):
    def test_objects_are_made_read_replaced_and_deleted(self):
        made = self.core.create_namespaced_config_map(self.namespace, config_map("c", colour="blue"))
        self.assertIsInstance(made.metadata.creation_timestamp, datetime.datetime)
        made.data["colour"] = "red"
        replaced = self.core.replace_namespaced_config_map("c", self.namespace, made)
        self.assertEqual(self.core.read_namespaced_config_map("c", self.namespace), replaced)
        with self.refused(409, "Conflict", "the object has been modified"):
            self.core.replace_namespaced_config_map("c", self.namespace, made)
        replaced.metadata.resource_version = None
        self.core.replace_namespaced_config_map("c", self.namespace, replaced)
        with self.refused(409, "Conflict", "precondition"):
            wrong = client.V1DeleteOptions(preconditions=client.V1Preconditions(uid="other"))
            self.core.delete_namespaced_config_map("c", self.namespace, body=wrong)
        status = self.core.delete_namespaced_config_map("c", self.namespace)
        self.assertEqual((status["status"], status["details"]["uid"]), ("Success", made.metadata.uid))
        with self.refused(404, "NotFound", 'configmaps "c" not found'):
            self.core.read_namespaced_config_map("c", self.namespace)

    def test_faults_become_exceptions_with_a_status(self):
        self.core.create_namespaced_config_map(self.namespace, config_map("c"))
        self.apps.create_namespaced_deployment(self.namespace, deployment("web"))
        with self.refused(409, "AlreadyExists", 'configmaps "c" already exists'):
            self.core.create_namespaced_config_map(self.namespace, config_map("c"))
        with self.refused(422, "Invalid", "metadata.name", "Bad_Name") as caught:
            self.core.create_namespaced_config_map(self.namespace, config_map("Bad_Name"))
        self.assertIn('"field":"metadata.name"', caught.exception.body)
        with self.refused(422, "Invalid", "strict decoding error", 'unknown field "spec.replicsa"'):
            self.apps.patch_namespaced_deployment("web", self.namespace, {"spec": {"replicsa": 1}}, field_validation="Strict")
        with self.refused(404, "NotFound", 'namespaces "nowhere" not found'):
            self.core.create_namespaced_config_map("nowhere", config_map("c"))
        with self.refused(400, "BadRequest"):
            self.core.list_namespaced_config_map(self.namespace, label_selector="a in (")

    def test_a_deployment_is_changed_by_every_kind_of_patch(self):
        self.apps.create_namespaced_deployment(self.namespace, deployment("web"))
        patch = self.apps.patch_namespaced_deployment
        strategic = {"spec": {"template": {"spec": {"containers": [{"name": "side", "image": "demo"}]}}}}
        patched = patch("web", self.namespace, strategic)
        self.assertEqual([c.name for c in patched.spec.template.spec.containers], ["side", "c"])
        merged = patch("web", self.namespace, {"spec": {"paused": True}}, _content_type="application/merge-patch+json")
        self.assertTrue(merged.spec.paused)
        steps = [{"op": "test", "path": "/spec/replicas", "value": 2}, {"op": "replace", "path": "/spec/replicas", "value": 3}]
        stepped = patch("web", self.namespace, steps, _content_type="application/json-patch+json")
        self.assertEqual(stepped.spec.replicas, 3)
        # The controller's annotation counts as well, whenever it comes.
        self.assertGreater(stepped.metadata.generation, merged.metadata.generation)
        with self.refused(422, "Invalid"):
            patch("web", self.namespace, steps, _content_type="application/json-patch+json")
        scale = {"metadata": {"name": "web", "namespace": self.namespace}, "spec": {"replicas": 5}}
        self.apps.replace_namespaced_deployment_scale("web", self.namespace, scale)
        self.assertEqual(self.apps.read_namespaced_deployment_scale("web", self.namespace).spec.replicas, 5)
        self.apps.patch_namespaced_deployment_scale("web", self.namespace, {"spec": {"replicas": 1}})
        self.assertEqual(self.apps.read_namespaced_deployment("web", self.namespace).spec.replicas, 1)
        status = {"status": {"conditions": [{"type": "Mine", "status": "True"}]}}
        self.apps.patch_namespaced_deployment_status("web", self.namespace, status)
        read = self.apps.read_namespaced_deployment_status("web", self.namespace)
        self.assertIn("Mine", [condition.type for condition in read.status.conditions])
        dry = patch("web", self.namespace, {"spec": {"replicas": 9}}, dry_run="All")
        self.assertEqual(dry.spec.replicas, 9)
        self.assertEqual(self.apps.read_namespaced_deployment("web", self.namespace).spec.replicas, 1)

    def test_two_appliers_share_an_object_or_conflict(self):
        def apply(manager, data, **more):
            body = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "s"}, "data": data}
            return self.core.patch_namespaced_config_map(
                "s", self.namespace, body, field_manager=manager, _content_type="application/apply-patch+yaml", **more
            )

        apply("one", {"a": "1"})
        both = apply("two", {"b": "2"})
        self.assertEqual(both.data, {"a": "1", "b": "2"})
        self.assertEqual([(m.manager, m.operation) for m in both.metadata.managed_fields], [("one", "Apply"), ("two", "Apply")])
        with self.refused(409, "Conflict", 'conflict with "one"', ".data.a"):
            apply("two", {"a": "2"})
        forced = apply("two", {"a": "2"}, force=True)
        self.assertEqual(forced.data, {"a": "2"})
        apply("two", {})
        self.assertIsNone(self.core.read_namespaced_config_map("s", self.namespace).data)

    def test_a_collection_is_paged_selected_and_deleted(self):
        for n in range(7):
            self.core.create_namespaced_config_map(self.namespace, config_map(f"c{n}"))
        first = self.core.list_namespaced_config_map(self.namespace, limit=3, label_selector="app=a")
        self.assertEqual([item.metadata.name for item in first.items], ["c0", "c1", "c2"])
        names, token, revisions = [], None, set()
        while token != "":
            page = self.core.list_namespaced_config_map(self.namespace, limit=3, _continue=token, field_selector="metadata.name!=c5")
            names += [item.metadata.name for item in page.items]
            revisions.add(page.metadata.resource_version)
            token = page.metadata._continue or ""
        self.assertEqual([n for n in names if n.startswith("c")], ["c0", "c1", "c2", "c3", "c4", "c6"])
        self.assertEqual(len(revisions), 1)
        with self.refused(400, "BadRequest", "continue"):
            self.core.list_namespaced_config_map(self.namespace, limit=3, _continue="nonsense")
        self.core.delete_collection_namespaced_config_map(self.namespace, label_selector="app=a", field_selector="metadata.name!=c6")
        left = self.core.list_namespaced_config_map(self.namespace, label_selector="app=a")
        self.assertEqual([item.metadata.name for item in left.items], ["c6"])

    def test_a_watch_goes_on_where_another_ended(self):
        self.core.create_namespaced_config_map(self.namespace, config_map("a", n="1"))
        listed = self.core.list_namespaced_config_map(self.namespace, label_selector="app=a")
        self.core.patch_namespaced_config_map("a", self.namespace, {"data": {"n": "2"}})
        self.core.create_namespaced_config_map(self.namespace, config_map("b"))
        self.core.patch_namespaced_config_map("b", self.namespace, {"metadata": {"labels": {"app": "other"}}})
        self.core.delete_namespaced_config_map("a", self.namespace)

        def events(count, **more):
            follow, seen = watch.Watch(), []
            stream = follow.stream(
                self.core.list_namespaced_config_map, self.namespace, label_selector="app=a", timeout_seconds=20, **more
            )
            for event in stream:
                seen.append((event["type"], event["object"].metadata.name, event["object"].metadata.resource_version))
                if len(seen) == count:
                    follow.stop()
            return seen

        early = events(2, resource_version=listed.metadata.resource_version)
        late = events(2, resource_version=early[-1][2])
        told = [(kind, name) for kind, name, _ in early + late]
        self.assertEqual(told, [("MODIFIED", "a"), ("ADDED", "b"), ("DELETED", "b"), ("DELETED", "a")])
        self.assertLess(int(early[0][2]), int(late[-1][2]))

    def test_questions_about_rights_are_answered(self):
        authorization = client.AuthorizationV1Api(self.api)
        attributes = {"namespace": self.namespace, "verb": "get", "resource": "pods"}
        mine = authorization.create_self_subject_access_review({"spec": {"resourceAttributes": attributes}})
        self.assertTrue(mine.status.allowed)
        theirs = {"spec": {"user": "nobody", "resourceAttributes": attributes}}
        self.assertFalse(authorization.create_subject_access_review(theirs).status.allowed)
        rights = client.RbacAuthorizationV1Api(self.api)
        role = {"metadata": {"name": "r"}, "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]}
        rights.create_namespaced_role(self.namespace, role)
        binding = {
            "metadata": {"name": "b"},
            "roleRef": {"kind": "Role", "name": "r"},
            "subjects": [{"kind": "User", "name": "nobody"}],
        }
        rights.create_namespaced_role_binding(self.namespace, binding)
        eventually("nobody may", lambda: authorization.create_subject_access_review(theirs).status.allowed)

    def test_a_service_account_gets_a_token_that_works(self):
        self.core.create_namespaced_service_account(self.namespace, {"metadata": {"name": "robot"}})
        request = {"spec": {"audiences": [], "expirationSeconds": 3600}}
        token = self.core.create_namespaced_service_account_token("robot", self.namespace, request).status.token
        review = client.AuthenticationV1Api(self.api).create_token_review({"spec": {"token": token}})
        self.assertEqual(review.status.user.username, f"system:serviceaccount:{self.namespace}:robot")
        settings = client.Configuration.get_default_copy()
        settings.cert_file = settings.key_file = None
        settings.api_key = {"authorization": f"Bearer {token}"}
        robot = client.CoreV1Api(client.ApiClient(settings))
        with self.refused(403, "Forbidden", "robot", "cannot list resource"):
            robot.list_namespaced_pod(self.namespace)

    def test_nodes_are_read_as_classes(self):
        nodes = self.core.list_node().items
        self.assertTrue(nodes)
        for node in nodes:
            info = node.status.node_info
            for value in (info.boot_id, info.kernel_version, info.machine_id, info.system_uuid, info.kube_proxy_version):
                self.assertTrue(value, info)

    def test_the_server_tells_what_it_is(self):
        version = client.VersionApi(self.api).get_code()
        self.assertEqual((version.major, version.minor), ("1", "36"))
        groups = [group.name for group in client.ApisApi(self.api).get_api_versions().groups]
        self.assertIn("apps", groups)
        resources = self.core.get_api_resources().resources
        self.assertIn("pods/eviction", [resource.name for resource in resources])
