"""A namespace for each test, and waits that end."""

import contextlib
import json
import time
import unittest

from kubernetes import client, config

DEADLINE = 60


def eventually(what, holds):
    """What `holds` answers once that is true; fails after a minute."""
    end = time.monotonic() + DEADLINE
    while True:
        value = holds()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {DEADLINE} s: {what}")
        time.sleep(0.05)


class ClusterTest(unittest.TestCase):
    """A test with a namespace of its own, called `self.namespace`."""

    @classmethod
    def setUpClass(cls):
        config.load_kube_config()
        cls.api = client.ApiClient()
        cls.core = client.CoreV1Api(cls.api)
        cls.apps = client.AppsV1Api(cls.api)
        cls.extensions = client.ApiextensionsV1Api(cls.api)
        cls.custom = client.CustomObjectsApi(cls.api)

    def setUp(self):
        made = self.core.create_namespace({"metadata": {"generateName": "py-"}})
        self.namespace = made.metadata.name
        self.addCleanup(self.core.delete_namespace, self.namespace)

    @contextlib.contextmanager
    def refused(self, code, reason, *words):
        """The block's call is refused with this code and reason, all words in its message."""
        with self.assertRaises(client.ApiException) as caught:
            yield caught
        status = json.loads(caught.exception.body)
        self.assertEqual((caught.exception.status, status["code"], status["reason"]), (code, code, reason))
        for word in words:
            self.assertIn(word, status["message"])

    def define(self, plural, kind, version):
        """Makes a namespaced kind in example.com with one or more versions; waits until it is established."""
        versions = version if isinstance(version, list) else [version]
        name = f"{plural}.{self.namespace}.example.com"
        definition = {
            "apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition",
            "metadata": {"name": name},
            "spec": {
                "group": f"{self.namespace}.example.com",
                "scope": "Namespaced",
                "names": {"plural": plural, "kind": kind},
                "versions": versions,
            },
        }
        self.extensions.create_custom_resource_definition(definition)
        self.addCleanup(self.forget, name)
        eventually(f"{name} is established", lambda: self.established(name))
        return name

    def forget(self, name):
        with contextlib.suppress(client.exceptions.NotFoundException):
            self.extensions.delete_custom_resource_definition(name)

    def established(self, name):
        status = self.extensions.read_custom_resource_definition(name).status
        return any(c.type == "Established" and c.status == "True" for c in (status and status.conditions) or [])
