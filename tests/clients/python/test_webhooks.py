"""Upstream's conformance tests of admission webhooks that need no pods: the webhook is this program."""

import base64
import contextlib
import http.server
import json
import pathlib
import ssl
import threading

from common import ClusterTest, eventually
from kubernetes import client

# A key and a certificate for 127.0.0.1, of use to these tests alone.
PAIR = pathlib.Path(__file__).with_name("webhook.pem")
MERGE = {"_content_type": "application/merge-patch+json"}


def refuse(request):
    """Refuses what has `data.bad` or the label `bad`, before or after."""
    for thing in [request.get("object"), request.get("oldObject")]:
        thing = thing or {}
        if "bad" in (thing.get("data") or {}) or "bad" in thing.get("metadata", {}).get("labels", {}):
            return {"allowed": False, "status": {"code": 403, "reason": "Forbidden", "message": "the webhook says no"}}
    return {"allowed": True}


def add(name):
    """Adds `data.<name>`, and `data.after` with what was there."""

    def mutate(request):
        thing = request["object"]
        data = dict(thing.get("data") or {})
        seen = ",".join(sorted(key for key in data if key.startswith("stage")))
        steps = [] if "data" in thing else [{"op": "add", "path": "/data", "value": {}}]
        steps.append({"op": "add", "path": f"/data/{name}", "value": seen or "first"})
        return {"allowed": True, "patchType": "JSONPatch", "patch": base64.b64encode(json.dumps(steps).encode()).decode()}

    return mutate


class Hooks(http.server.BaseHTTPRequestHandler):
    """Answers reviews by path."""

    answers = {"/refuse": refuse, "/stage1": add("stage1"), "/stage2": add("stage2"), "/no": lambda _: {"allowed": False, "status": {"code": 403, "reason": "Forbidden", "message": "never"}}}

    def do_POST(self):
        review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = {"uid": review["request"]["uid"], **self.answers[self.path.split("?")[0]](review["request"])}
        body = json.dumps({"apiVersion": review["apiVersion"], "kind": "AdmissionReview", "response": answer}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Webhooks(ClusterTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hooks)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(PAIR)
        cls.server.socket = context.wrap_socket(cls.server.socket, server_side=True)
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        cls.addClassCleanup(cls.server.shutdown)
        cls.admission = client.AdmissionregistrationV1Api(cls.api)

    def setUp(self):
        super().setUp()
        self.core.patch_namespace(self.namespace, {"metadata": {"labels": {"hooked": self.namespace}}})

    def hook(self, path, resource, operations=("CREATE",), group="", **more):
        return {
            "name": f"{path}.hooks.example.com",
            "clientConfig": {
                "url": f"https://127.0.0.1:{self.server.server_port}/{path}",
                "caBundle": base64.b64encode(PAIR.read_bytes()).decode(),
            },
            "rules": [{"apiGroups": [group], "apiVersions": ["*"], "resources": [resource], "operations": list(operations)}],
            "namespaceSelector": {"matchLabels": {"hooked": self.namespace}},
            "sideEffects": "None",
            "admissionReviewVersions": ["v1"],
            **more,
        }

    def configure(self, mutating, *hooks, name="hooks"):
        kind = "mutating" if mutating else "validating"
        name = f"{self.namespace}-{name}"
        body = {"metadata": {"name": name, "labels": {"ns": self.namespace}}, "webhooks": list(hooks)}
        getattr(self.admission, f"create_{kind}_webhook_configuration")(body)
        self.addCleanup(self.remove, kind, name)
        return name

    def remove(self, kind, name):
        with contextlib.suppress(client.exceptions.NotFoundException):
            getattr(self.admission, f"delete_{kind}_webhook_configuration")(name)

    def config_map(self, name, **data):
        return self.core.create_namespaced_config_map(self.namespace, {"metadata": {"name": name}, "data": data})

    def refusal(self, call, *arguments, **more):
        with self.assertRaises(client.ApiException) as caught:
            call(*arguments, **more)
        return json.loads(caught.exception.body)["message"]

    def test_config_maps_are_refused_when_made_put_and_patched(self):
        self.configure(False, self.hook("refuse", "configmaps", ["CREATE", "UPDATE"]))
        said = self.refusal(self.config_map, "a", bad="1")
        self.assertIn("admission webhook \"refuse.hooks.example.com\" denied the request: the webhook says no", said)
        made = self.config_map("a")
        self.assertIn("denied", self.refusal(self.core.patch_namespaced_config_map, "a", self.namespace, {"data": {"bad": "1"}}))
        made.data = {"bad": "1"}
        self.assertIn("denied", self.refusal(self.core.replace_namespaced_config_map, "a", self.namespace, made))
        self.core.patch_namespace(self.namespace, {"metadata": {"labels": {"hooked": None}}})
        self.config_map("b", bad="1")

    def test_a_refusing_webhook_is_changed_while_it_is_in_use(self):
        name = self.configure(False, self.hook("refuse", "configmaps"))
        self.refusal(self.config_map, "a", bad="1")
        read = self.admission.read_validating_webhook_configuration(name)
        read.webhooks[0].rules[0].operations = ["UPDATE"]
        self.admission.replace_validating_webhook_configuration(name, read)
        self.config_map("b", bad="1")
        steps = [{"op": "replace", "path": "/webhooks/0/rules/0/operations", "value": ["CREATE"]}]
        patch = self.admission.patch_validating_webhook_configuration
        patch(name, steps, _content_type="application/json-patch+json")
        self.assertIn("denied", self.refusal(self.config_map, "c", bad="1"))
        found = self.admission.list_validating_webhook_configuration(label_selector=f"ns={self.namespace}")
        self.assertEqual([item.metadata.name for item in found.items], [name])
        self.admission.delete_collection_validating_webhook_configuration(label_selector=f"ns={self.namespace}")
        self.config_map("d", bad="1")

    def test_webhooks_that_change_run_one_after_the_other(self):
        name = self.configure(True, self.hook("stage1", "configmaps"), self.hook("stage2", "configmaps"))
        self.assertEqual(self.config_map("a").data, {"stage1": "first", "stage2": "stage1"})
        read = self.admission.read_mutating_webhook_configuration(name)
        for hook in read.webhooks:
            hook.rules[0].operations = ["UPDATE"]
        self.admission.replace_mutating_webhook_configuration(name, read)
        self.assertFalse(self.config_map("b").data)
        steps = [{"op": "replace", "path": "/webhooks/0/rules/0/operations", "value": ["CREATE"]}]
        self.admission.patch_mutating_webhook_configuration(name, steps, _content_type="application/json-patch+json")
        self.assertEqual(self.config_map("c").data, {"stage1": "first"})
        self.admission.delete_collection_mutating_webhook_configuration(label_selector=f"ns={self.namespace}")
        self.assertFalse(self.config_map("d").data)

    def things(self, *properties):
        known = {name: {"type": "string"} for name in properties}
        schema = {"type": "object", "properties": {"data": {"type": "object", "properties": known}}}
        one = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
        definition = self.define("things", "Thing", [one, {**one, "name": "v2", "storage": False}])
        return definition, (f"{self.namespace}.example.com", "v1", self.namespace, "things")

    def thing(self, name, **data):
        return {"apiVersion": f"{self.namespace}.example.com/v1", "kind": "Thing", "metadata": {"name": name}, "data": data}

    def test_custom_objects_are_refused_when_made_changed_and_deleted(self):
        _, at = self.things("bad", "k")
        hook = self.hook("refuse", "things", ["CREATE", "UPDATE", "DELETE"], group=at[0])
        self.assertIn("denied", self.configured(hook, self.api_create, at, self.thing("a", bad="1")))
        self.api_create(at, self.thing("b", k="1"))
        self.assertIn("denied", self.refusal(self.api_patch, at, "b", {"data": {"bad": "1"}}))
        self.remove("validating", f"{self.namespace}-hooks")
        self.api_patch(at, "b", {"data": {"bad": "1"}})
        self.configure(False, hook, name="again")
        remove = self.client_of_custom().delete_namespaced_custom_object
        self.assertIn("denied", self.refusal(remove, *at, "b"))
        self.remove("validating", f"{self.namespace}-again")
        remove(*at, "b")

    def configured(self, hook, *call):
        self.configure(False, hook)
        return self.refusal(*call)

    def client_of_custom(self):
        return client.CustomObjectsApi(self.api)

    def api_create(self, at, body):
        return self.client_of_custom().create_namespaced_custom_object(*at, body)

    def api_patch(self, at, name, body):
        return self.client_of_custom().patch_namespaced_custom_object(*at, name, body, **MERGE)

    def test_what_webhooks_add_to_custom_objects_is_pruned(self):
        _, at = self.things("k", "stage1")
        self.configure(True, self.hook("stage1", "things", group=at[0]), self.hook("stage2", "things", group=at[0]))
        self.assertEqual(self.api_create(at, self.thing("a", k="1"))["data"], {"k": "1", "stage1": "first"})

    def test_custom_objects_are_changed_after_their_storage_version_moved(self):
        definition, at = self.things("k", "stage1")
        self.api_create(at, self.thing("a", k="1"))
        steps = [
            {"op": "replace", "path": "/spec/versions/0/storage", "value": False},
            {"op": "replace", "path": "/spec/versions/1/storage", "value": True},
        ]
        self.extensions.patch_custom_resource_definition(definition, steps, _content_type="application/json-patch+json")
        self.configure(True, self.hook("stage1", "things", ["CREATE", "UPDATE"], group=at[0]))
        two = (at[0], "v2", *at[2:])
        patched = self.api_patch(two, "a", {"data": {"k": "2"}})
        self.assertEqual((patched["data"], patched["apiVersion"]), ({"k": "2", "stage1": "first"}, f"{at[0]}/v2"))

    def test_definitions_are_refused(self):
        chosen = {"objectSelector": {"matchLabels": {"bad": self.namespace}}, "namespaceSelector": {}}
        self.configure(False, self.hook("no", "customresourcedefinitions", group="apiextensions.k8s.io", **chosen))
        name = f"nevers.{self.namespace}.example.com"
        one = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {"type": "object"}}}
        spec = {"group": f"{self.namespace}.example.com", "scope": "Cluster", "names": {"plural": "nevers", "kind": "Never"}, "versions": [one]}
        body = {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": name, "labels": {"bad": self.namespace}}, "spec": spec}
        self.assertIn("denied the request: never", self.refusal(self.extensions.create_custom_resource_definition, body))

    def test_who_attaches_to_a_pod_is_asked_about(self):
        accounts = lambda: self.core.list_namespaced_service_account(self.namespace).items  # noqa: E731
        eventually("the namespace has its account", accounts)
        self.core.create_namespaced_pod(self.namespace, {"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "demo"}]}})
        self.configure(False, self.hook("no", "pods/attach", ["CONNECT"]))
        at = self.api.configuration.host + f"/api/v1/namespaces/{self.namespace}/pods/p/attach?stdout=true"
        headers = {"Upgrade": "SPDY/3.1", "Connection": "Upgrade", "X-Stream-Protocol-Version": "v4.channel.k8s.io"}
        answer = self.api.rest_client.pool_manager.request("POST", at, headers=headers)
        self.assertIn("denied the request: never", json.loads(answer.data)["message"])

    def test_a_webhook_that_is_not_there_fails_or_is_passed_over(self):
        gone = {"clientConfig": {"url": "https://127.0.0.1:1/gone"}}
        self.configure(False, {**self.hook("gone", "configmaps"), **gone})
        said = self.refusal(self.config_map, "a")
        self.assertIn("failed calling webhook \"gone.hooks.example.com\"", said)
        self.remove("validating", f"{self.namespace}-hooks")
        self.configure(False, {**self.hook("gone", "configmaps"), **gone, "failurePolicy": "Ignore"}, name="ignored")
        self.config_map("a")
