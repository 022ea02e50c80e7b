"""An operator written with kopf: it sees objects, writes their status, holds them by a finalizer, and peers."""

import asyncio
import threading

import kopf
from common import ClusterTest, eventually
from kubernetes import client

VERSION = {
    "name": "v1",
    "served": True,
    "storage": True,
    "schema": {
        "openAPIV3Schema": {
            "type": "object",
            "properties": {
                "spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
                "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
            },
        }
    },
    "subresources": {"status": {}},
}


def operator(test, seen):
    """The handlers of this test's operator: a ConfigMap for each Garden, as long as it is there."""
    handlers = kopf.OperatorRegistry()
    of = (f"{test.namespace}.example.com", "v1", "gardens")

    @kopf.on.login(registry=handlers)
    def login(**more):
        return kopf.login_with_kubeconfig(**more)

    @kopf.on.startup(registry=handlers)
    def configure(settings, **_):
        settings.posting.enabled = True
        settings.persistence.finalizer = "example.com/gardener"

    @kopf.on.create(*of, registry=handlers)
    @kopf.on.update(*of, field="spec", registry=handlers)
    def grow(spec, name, body, patch, **_):
        owned = {"metadata": {"name": name}, "data": {"trees": str(spec["trees"])}}
        kopf.adopt(owned, owner=body)
        try:
            test.core.create_namespaced_config_map(test.namespace, owned)
        except client.ApiException as error:
            if error.status != 409:
                raise
            test.core.patch_namespaced_config_map(name, test.namespace, {"data": owned["data"]})
        patch.status["trees"] = spec["trees"]
        kopf.info(body, reason="Grown", message=f"{name} has {spec['trees']} trees")
        seen.append(("grown", spec["trees"]))
        return {"grown": True}

    @kopf.on.delete(*of, registry=handlers)
    def fell(name, **_):
        seen.append(("felled", name))

    @kopf.on.event("configmaps", labels={"garden": "yes"}, registry=handlers)
    def event(type, name, **_):
        seen.append((type, name))

    return handlers


class Operator(ClusterTest):
    def setUp(self):
        super().setUp()
        self.define("gardens", "Garden", VERSION)
        self.at = (f"{self.namespace}.example.com", "v1", self.namespace, "gardens")
        self.seen, self.ready, self.stop = [], threading.Event(), threading.Event()
        thread = threading.Thread(target=self.operate, args=(operator(self, self.seen),), daemon=True)
        thread.start()
        self.addCleanup(thread.join, 30)
        self.addCleanup(self.stop.set)
        self.assertTrue(self.ready.wait(30), "the operator did not start")

    def operate(self, handlers):
        asyncio.run(
            kopf.operator(
                registry=handlers,
                namespaces=[self.namespace],
                standalone=True,
                ready_flag=self.ready,
                stop_flag=self.stop,
            )
        )

    def garden(self):
        return self.custom.get_namespaced_custom_object(*self.at, "g")

    def test_an_operator_follows_an_object_through_its_life(self):
        body = {"apiVersion": f"{self.at[0]}/v1", "kind": "Garden", "metadata": {"name": "g"}, "spec": {"trees": 3}}
        self.custom.create_namespaced_custom_object(*self.at, body)
        eventually("the status is written", lambda: self.garden().get("status", {}).get("trees") == 3)
        made = self.core.read_namespaced_config_map("g", self.namespace)
        self.assertEqual((made.data, made.metadata.owner_references[0].kind), ({"trees": "3"}, "Garden"))
        self.assertEqual(self.garden()["metadata"]["finalizers"], ["example.com/gardener"])
        merge = {"_content_type": "application/merge-patch+json"}
        self.custom.patch_namespaced_custom_object(*self.at, "g", {"spec": {"trees": 5}}, **merge)
        eventually("the change is followed", lambda: self.garden()["status"]["trees"] == 5)
        self.core.patch_namespaced_config_map("g", self.namespace, {"metadata": {"labels": {"garden": "yes"}}})
        eventually("the label is seen", lambda: ("MODIFIED", "g") in self.seen or ("ADDED", "g") in self.seen)
        chosen = {"field_selector": "involvedObject.kind=Garden,involvedObject.name=g,reason=Grown"}
        told = eventually("events are posted", lambda: self.core.list_namespaced_event(self.namespace, **chosen).items)
        self.assertIn("g has", told[0].message)
        self.custom.delete_namespaced_custom_object(*self.at, "g")
        eventually("the object is let go", lambda: ("felled", "g") in self.seen and self.is_gone())
        self.assertEqual([item for item in self.seen if item[0] == "grown"], [("grown", 3), ("grown", 5)])
        eventually("what it owned is collected", self.owned_is_gone)

    def is_gone(self):
        try:
            return not self.garden()
        except client.ApiException as error:
            return error.status == 404

    def owned_is_gone(self):
        try:
            return not self.core.read_namespaced_config_map("g", self.namespace)
        except client.ApiException as error:
            return error.status == 404
