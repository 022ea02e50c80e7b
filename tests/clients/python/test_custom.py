"""Custom kinds through the Python client: defined, used by path and by discovery, and removed."""

from common import ClusterTest, eventually
from kubernetes import client, dynamic, watch

SCHEMA = {
    "type": "object",
    "properties": {
        "spec": {
            "type": "object",
            "required": ["size"],
            "properties": {
                "size": {"type": "integer", "minimum": 1, "default": 1},
                "colour": {"type": "string", "enum": ["red", "blue"], "default": "red"},
                "ports": {
                    "type": "array",
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["name"],
                    "items": {
                        "type": "object",
                        "required": ["name"],
                        "properties": {"name": {"type": "string"}, "port": {"type": "integer"}},
                    },
                },
            },
            "x-kubernetes-validations": [{"rule": "self.size < 100", "message": "too large"}],
        },
        "status": {
            "type": "object",
            "properties": {"ready": {"type": "integer"}, "selector": {"type": "string"}},
        },
    },
}

VERSION = {
    "name": "v1",
    "served": True,
    "storage": True,
    "schema": {"openAPIV3Schema": SCHEMA},
    "subresources": {
        "status": {},
        "scale": {
            "specReplicasPath": ".spec.size",
            "statusReplicasPath": ".status.ready",
            "labelSelectorPath": ".status.selector",
        },
    },
    "selectableFields": [{"jsonPath": ".spec.colour"}],
    "additionalPrinterColumns": [{"name": "Size", "type": "integer", "jsonPath": ".spec.size"}],
}


class Custom(ClusterTest):
    def setUp(self):
        super().setUp()
        self.group = f"{self.namespace}.example.com"
        self.name = self.define("boats", "Boat", VERSION)
        self.at = (self.group, "v1", self.namespace, "boats")

    def boat(self, name, **spec):
        return {"apiVersion": f"{self.group}/v1", "kind": "Boat", "metadata": {"name": name}, "spec": spec}

    def test_custom_objects_are_made_changed_and_deleted_by_path(self):
        made = self.custom.create_namespaced_custom_object(*self.at, self.boat("b", size=2))
        self.assertEqual((made["spec"], made["metadata"]["generation"]), ({"size": 2, "colour": "red"}, 1))
        with self.refused(422, "Invalid", "spec.size", "greater than or equal to 1"):
            self.custom.create_namespaced_custom_object(*self.at, self.boat("c", size=0))
        with self.refused(422, "Invalid", "too large"):
            self.custom.create_namespaced_custom_object(*self.at, self.boat("c", size=100))
        with self.refused(422, "Invalid", 'Unsupported value: "green"'):
            self.custom.create_namespaced_custom_object(*self.at, self.boat("c", size=1, colour="green"))
        merge = {"_content_type": "application/merge-patch+json"}
        patched = self.custom.patch_namespaced_custom_object(*self.at, "b", {"spec": {"colour": "blue"}}, **merge)
        self.assertEqual(patched["metadata"]["generation"], 2)
        steps = [{"op": "replace", "path": "/spec/size", "value": 3}]
        json_patch = {"_content_type": "application/json-patch+json"}
        self.assertEqual(self.custom.patch_namespaced_custom_object(*self.at, "b", steps, **json_patch)["spec"]["size"], 3)
        with self.refused(415, "UnsupportedMediaType"):
            strategic = {"_content_type": "application/strategic-merge-patch+json"}
            self.custom.patch_namespaced_custom_object(*self.at, "b", {"spec": {"size": 4}}, **strategic)
        status = self.custom.patch_namespaced_custom_object_status(
            *self.at, "b", {"spec": {"size": 9}, "status": {"ready": 1}}, **merge
        )
        self.assertEqual((status["spec"]["size"], status["status"], status["metadata"]["generation"]), (3, {"ready": 1}, 3))
        scale = self.custom.get_namespaced_custom_object_scale(*self.at, "b")
        self.assertEqual((scale["kind"], scale["spec"], scale["status"]["replicas"]), ("Scale", {"replicas": 3}, 1))
        scale["spec"]["replicas"] = 5
        self.custom.replace_namespaced_custom_object_scale(*self.at, "b", scale)
        self.assertEqual(self.custom.get_namespaced_custom_object(*self.at, "b")["spec"]["size"], 5)
        self.custom.delete_namespaced_custom_object(*self.at, "b")
        with self.refused(404, "NotFound", f'boats.{self.group} "b" not found'):
            self.custom.get_namespaced_custom_object(*self.at, "b")

    def test_custom_objects_are_listed_selected_paged_and_cleared(self):
        for n in range(5):
            self.custom.create_namespaced_custom_object(*self.at, self.boat(f"b{n}", size=n + 1, colour=["red", "blue"][n % 2]))
        blue = self.custom.list_namespaced_custom_object(*self.at, field_selector="spec.colour=blue")
        self.assertEqual([item["metadata"]["name"] for item in blue["items"]], ["b1", "b3"])
        with self.refused(400, "BadRequest", "spec.size"):
            self.custom.list_namespaced_custom_object(*self.at, field_selector="spec.size=1")
        page = self.custom.list_namespaced_custom_object(*self.at, limit=2)
        self.assertEqual((len(page["items"]), page["metadata"]["remainingItemCount"]), (2, 3))
        rest = self.custom.list_namespaced_custom_object(*self.at, limit=9, _continue=page["metadata"]["continue"])
        self.assertEqual([item["metadata"]["name"] for item in rest["items"]], ["b2", "b3", "b4"])
        self.custom.delete_collection_namespaced_custom_object(*self.at)
        self.assertEqual(self.custom.list_namespaced_custom_object(*self.at)["items"], [])

    def test_the_dynamic_client_finds_the_kind_and_uses_it(self):
        found = dynamic.DynamicClient(self.api)
        boats = found.resources.get(api_version=f"{self.group}/v1", kind="Boat")
        self.assertTrue(boats.namespaced)
        boats.create(self.boat("b", size=1), namespace=self.namespace)
        seen = found.resources.get(api_version="v1", kind="ConfigMap").get(namespace=self.namespace)
        self.assertIn("kube-root-ca.crt", [item.metadata.name for item in seen.items])
        ports = [{"name": "http", "port": 80}]
        applied = boats.server_side_apply(
            self.boat("b", ports=ports), name="b", namespace=self.namespace, field_manager="one"
        )
        self.assertEqual((applied.spec.size, applied.spec.ports[0].port), (1, 80))
        other = boats.server_side_apply(
            self.boat("b", ports=[{"name": "tls", "port": 443}]), name="b", namespace=self.namespace, field_manager="two"
        )
        self.assertEqual([port.name for port in other.spec.ports], ["http", "tls"])
        with self.assertRaises(dynamic.exceptions.ConflictError) as caught:
            body = self.boat("b", ports=[{"name": "http", "port": 81}])
            boats.server_side_apply(body, name="b", namespace=self.namespace, field_manager="two")
        self.assertIn('.spec.ports[name="http"].port', caught.exception.summary())
        with self.assertRaises(dynamic.exceptions.NotFoundError):
            boats.get(name="none", namespace=self.namespace)
        boats.status.patch(
            body={"status": {"ready": 2}}, name="b", namespace=self.namespace, content_type="application/merge-patch+json"
        )
        self.assertEqual(boats.get(name="b", namespace=self.namespace).status.ready, 2)
        scaled = boats.scale.patch(
            body={"spec": {"replicas": 7}}, name="b", namespace=self.namespace, content_type="application/merge-patch+json"
        )
        self.assertEqual(scaled.spec.replicas, 7)
        boats.delete(name="b", namespace=self.namespace)

    def test_the_dynamic_client_watches_and_resumes(self):
        found = dynamic.DynamicClient(self.api)
        boats = found.resources.get(api_version=f"{self.group}/v1", kind="Boat")
        start = boats.get(namespace=self.namespace).metadata.resourceVersion
        boats.create(self.boat("b", size=1), namespace=self.namespace)
        boats.patch(
            body={"spec": {"size": 2}}, name="b", namespace=self.namespace, content_type="application/merge-patch+json"
        )
        boats.delete(name="b", namespace=self.namespace)
        told, last = [], start
        for _ in range(3):
            for event in boats.watch(namespace=self.namespace, resource_version=last, timeout=20):
                told.append((event["type"], event["raw_object"]["spec"]["size"]))
                last = event["raw_object"]["metadata"]["resourceVersion"]
                break
        self.assertEqual(told, [("ADDED", 1), ("MODIFIED", 2), ("DELETED", 2)])

    def test_a_kind_is_changed_while_it_is_in_use_and_removed_with_its_objects(self):
        self.custom.create_namespaced_custom_object(*self.at, self.boat("b", size=1))
        two = {**VERSION, "name": "v2", "storage": False}
        steps = [{"op": "add", "path": "/spec/versions/-", "value": two}]
        self.extensions.patch_custom_resource_definition(self.name, steps, _content_type="application/json-patch+json")

        def in_v2():
            try:
                return self.custom.get_namespaced_custom_object(self.group, "v2", self.namespace, "boats", "b")
            except client.ApiException as error:
                self.assertEqual(error.status, 404)

        self.assertEqual(eventually("v2 is served", in_v2)["apiVersion"], f"{self.group}/v2")
        gone = watch.Watch()
        self.extensions.delete_custom_resource_definition(self.name)
        self.addCleanup(gone.stop)

        def is_gone():
            try:
                self.extensions.read_custom_resource_definition(self.name)
            except client.ApiException as error:
                return error.status == 404

        eventually("the definition is gone", is_gone)
        with self.assertRaises(client.ApiException) as caught:
            self.custom.list_namespaced_custom_object(*self.at)
        self.assertEqual(caught.exception.status, 404)
        self.define("boats", "Boat", VERSION)
        self.assertEqual(self.custom.list_namespaced_custom_object(*self.at)["items"], [])
