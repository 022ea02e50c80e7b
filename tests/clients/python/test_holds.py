"""What is in use is held: storage by its users, ranges of addresses by the addresses given out of them."""

import json

from common import ClusterTest, eventually
from kubernetes import client

POD = {"containers": [{"name": "c", "image": "demo"}]}
CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, "storageClassName": ""}


class Holds(ClusterTest):
    def setUp(self):
        super().setUp()
        self.networking = client.NetworkingV1Api(self.api)
        accounts = lambda: self.core.list_namespaced_service_account(self.namespace).items  # noqa: E731
        eventually("the namespace has its account", lambda: [a for a in accounts() if a.metadata.name == "default"])

    def gone(self, read, *where):
        def holds():
            try:
                read(*where)
            except client.ApiException as error:
                return error.status == 404

        eventually("it is gone", holds)

    def test_a_claim_goes_when_no_pod_uses_it_any_more(self):
        made = self.core.create_namespaced_persistent_volume_claim(self.namespace, {"metadata": {"name": "data"}, "spec": CLAIM})
        self.assertEqual(made.metadata.finalizers, ["kubernetes.io/pvc-protection"])
        node = json.loads(self.core.list_node(_preload_content=False).data)["items"][0]["metadata"]["name"]
        volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": "data"}}]
        self.core.create_namespaced_pod(self.namespace, {"metadata": {"name": "user"}, "spec": {**POD, "nodeName": node, "volumes": volumes}})
        self.core.delete_namespaced_persistent_volume_claim("data", self.namespace)
        held = self.core.read_namespaced_persistent_volume_claim("data", self.namespace)
        self.assertIsNotNone(held.metadata.deletion_timestamp)
        self.core.delete_namespaced_pod("user", self.namespace, grace_period_seconds=0)
        self.gone(self.core.read_namespaced_persistent_volume_claim, "data", self.namespace)

    def test_a_bound_volume_goes_when_it_is_released(self):
        name = f"{self.namespace}-disk"
        spec = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/tmp/none"}}
        made = self.core.create_persistent_volume({"metadata": {"name": name}, "spec": spec})
        self.assertEqual(made.metadata.finalizers, ["kubernetes.io/pv-protection"])
        self.core.patch_persistent_volume_status(name, {"status": {"phase": "Bound"}})
        self.core.delete_persistent_volume(name)
        self.assertIsNotNone(self.core.read_persistent_volume(name).metadata.deletion_timestamp)
        self.core.patch_persistent_volume_status(name, {"status": {"phase": "Released"}})
        self.gone(self.core.read_persistent_volume, name)

    def test_a_class_of_attributes_goes_when_no_claim_names_it_any_more(self):
        storage, name = client.StorageV1Api(self.api), f"{self.namespace}-fast"
        made = storage.create_volume_attributes_class({"metadata": {"name": name}, "driverName": "d.example.com", "parameters": {"iops": "5"}})
        self.assertEqual(made.metadata.finalizers, ["kubernetes.io/vac-protection"])
        claim = {"metadata": {"name": "data"}, "spec": {**CLAIM, "volumeAttributesClassName": name}}
        self.core.create_namespaced_persistent_volume_claim(self.namespace, claim)
        storage.delete_volume_attributes_class(name)
        self.assertIsNotNone(storage.read_volume_attributes_class(name).metadata.deletion_timestamp)
        self.core.delete_namespaced_persistent_volume_claim("data", self.namespace)
        self.gone(storage.read_volume_attributes_class, name)

    def test_an_address_of_a_service_that_is_deleted_comes_back(self):
        service = self.core.create_namespaced_service(self.namespace, {"metadata": {"name": "web"}, "spec": {"ports": [{"port": 80}]}})
        address = service.spec.cluster_ip
        uid = self.networking.read_ip_address(address).metadata.uid
        self.networking.delete_ip_address(address)

        def back():
            try:
                found = self.networking.read_ip_address(address)
            except client.ApiException:
                return None
            return found if found.metadata.uid != uid else None

        parent = eventually("the address is noted again", back).spec.parent_ref
        self.assertEqual((parent.resource, parent.namespace, parent.name), ("services", self.namespace, "web"))
        self.core.delete_namespaced_service("web", self.namespace)
        self.gone(self.networking.read_ip_address, address)

    def test_a_range_of_addresses_is_held_while_a_service_has_one_of_them(self):
        default = eventually("the server's own range is held", lambda: self.held("kubernetes"))
        self.assertEqual(default.status.conditions[0].status, "True")
        name = f"{self.namespace}-more"
        self.networking.create_service_cidr({"metadata": {"name": name}, "spec": {"cidrs": ["10.250.7.0/24"]}})
        eventually("it is held and ready", lambda: (r := self.held(name)) and r.status.conditions and r.status.conditions[0].status == "True")
        spec = {"clusterIP": "10.250.7.20", "ports": [{"port": 80}]}
        self.core.create_namespaced_service(self.namespace, {"metadata": {"name": "far"}, "spec": spec})
        self.networking.delete_service_cidr(name)

        def blocked():
            ready = self.networking.read_service_cidr(name).status.conditions[0]
            return (ready.status, ready.reason) == ("False", "Terminating")

        eventually("it says why it stays", blocked)
        self.core.delete_namespaced_service("far", self.namespace)
        self.gone(self.networking.read_service_cidr, name)

    def held(self, name):
        found = self.networking.read_service_cidr(name)
        return found if "networking.k8s.io/service-cidr-finalizer" in (found.metadata.finalizers or []) else None

    def test_an_expression_that_cannot_choose_devices_is_refused(self):
        resources = client.ResourceV1Api(self.api)
        make = lambda name, expression: resources.create_device_class(  # noqa: E731
            {"metadata": {"name": f"{self.namespace}-{name}"}, "spec": {"selectors": [{"cel": {"expression": expression}}]}}
        )
        make("good", 'device.driver == "d.example.com"')
        with self.refused(422, "Invalid", "spec.selectors[0].cel.expression", "compilation failed"):
            make("bad", "device.name == 1")
        resources.delete_device_class(f"{self.namespace}-good")
