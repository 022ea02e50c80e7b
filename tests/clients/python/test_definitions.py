"""Upstream's conformance tests of CustomResourceDefinitions and of strict validation, without webhooks."""

import json

from common import ClusterTest, eventually
from kubernetes import client, watch

STRICT = "fieldManager=strict&fieldValidation=Strict"
APPLY = "application/apply-patch+yaml"


def version(name="v1", schema=None, **more):
    schema = schema or {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {"name": name, "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}, **more}


CLOSED = {
    "type": "object",
    "properties": {
        "spec": {
            "type": "object",
            "description": "What is wanted.",
            "properties": {
                "size": {"type": "integer"},
                "ports": {
                    "type": "array",
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["port"],
                    "items": {"type": "object", "required": ["port"], "properties": {"port": {"type": "integer"}}},
                },
                "inner": {"type": "object", "x-kubernetes-embedded-resource": True, "x-kubernetes-preserve-unknown-fields": True},
            },
        }
    },
}


class Definitions(ClusterTest):
    def send(self, method, path, body=None, content_type="application/json"):
        """Code and JSON of an answer."""
        data = body if body is None or isinstance(body, str) else json.dumps(body)
        at = self.api.configuration.host + path
        headers = {"Content-Type": content_type}
        answer = self.api.rest_client.pool_manager.request(method, at, body=data, headers=headers)
        return answer.status, json.loads(answer.data)

    def at(self, plural, version="v1"):
        return f"/apis/{self.namespace}.example.com/{version}/namespaces/{self.namespace}/{plural}"

    def apply(self, plural, kind, name, fields):
        body = f"apiVersion: {self.namespace}.example.com/v1\nkind: {kind}\nmetadata:\n  name: {name}\n{fields}"
        return self.send("PATCH", f"{self.at(plural)}/{name}?{STRICT}", body, APPLY)

    def definition_name(self, kind, version="v1"):
        return f"com.example.{self.namespace}.{version}.{kind}"

    def published(self, kind, version="v1"):
        return self.send("GET", "/openapi/v2")[1]["definitions"].get(self.definition_name(kind, version))

    # Strict validation

    def test_a_closed_schema_is_applied_strictly(self):
        self.define("closeds", "Closed", version(schema=CLOSED))
        code, made = self.apply("closeds", "Closed", "c", "spec:\n  size: 1\n  ports:\n  - port: 80\n")
        self.assertEqual((code, made["spec"]["ports"]), (201, [{"port": 80}]))
        code, refused = self.apply("closeds", "Closed", "d", "unknownField: x\nspec: {size: 1}\n")
        self.assertEqual(code, 400)
        self.assertIn(".unknownField: field not declared in schema", refused["message"])
        inner = "spec:\n  inner: {apiVersion: v1, kind: Pod, metadata: {name: p, unknownMeta: x}}\n"
        code, refused = self.apply("closeds", "Closed", "e", inner)
        self.assertIn("unknownMeta", refused["message"])
        body = {"apiVersion": f"{self.namespace}.example.com/v1", "kind": "Closed", "metadata": {"name": "f", "unknownMeta": "x"}}
        code, refused = self.send("POST", f"{self.at('closeds')}?fieldValidation=Strict", body)
        self.assertEqual((code, refused["message"]), (400, f'Closed in version "v1" cannot be handled as a Closed: strict decoding error: unknown field "metadata.unknownMeta"'))

    def test_an_open_schema_is_applied_strictly(self):
        self.define("opens", "Open", version())
        code, made = self.apply("opens", "Open", "o", "unknown: x\nspec: {more: {deep: 1}}\n")
        self.assertEqual((code, made["unknown"], made["spec"]["more"]["deep"]), (201, "x", 1))
        code, refused = self.apply("opens", "Open", "p", "unknown: x\nunknown: y\n")
        self.assertEqual(code, 400)
        self.assertIn('line 6: key "unknown" already set in map', refused["message"])

    def test_a_built_in_kind_is_made_strictly(self):
        body = '{"metadata":{"name":"d","unknownMeta":1},"spec":{"unknownField":1,"replicas":1,"replicas":2}}'
        code, refused = self.send("POST", f"/apis/apps/v1/namespaces/{self.namespace}/deployments?fieldValidation=Strict", body)
        wanted = 'strict decoding error: unknown field "metadata.unknownMeta", unknown field "spec.unknownField", duplicate field "spec.replicas"'
        self.assertEqual(code, 400)
        self.assertIn(wanted, refused["message"])

    # What is published

    def test_the_schema_is_published_as_long_as_it_is_served(self):
        name = self.define("closeds", "Closed", version(schema=CLOSED))
        self.define("opens", "Open", version())
        shown = eventually("it is published", lambda: self.published("Closed"))
        self.assertEqual(set(shown["properties"]), {"apiVersion", "kind", "metadata", "spec"})
        self.assertEqual(shown["properties"]["spec"]["properties"]["size"], {"type": "integer"})
        self.assertEqual(shown["x-kubernetes-group-version-kind"], [{"group": f"{self.namespace}.example.com", "version": "v1", "kind": "Closed"}])
        opened = eventually("the other is published", lambda: self.published("Open"))
        self.assertEqual((opened["type"], "properties" in opened), ("object", False))
        two = [{"op": "add", "path": "/spec/versions/-", "value": {**version("v2", CLOSED), "storage": False}}]
        self.patch(name, two)
        eventually("the second version is published", lambda: self.published("Closed", "v2"))
        unserved = [{"op": "replace", "path": "/spec/versions/1/served", "value": False}]
        self.patch(name, unserved)
        eventually("it is withdrawn", lambda: self.published("Closed", "v2") is None)
        self.assertIsNotNone(self.published("Closed"))
        self.patch(name, [{"op": "add", "path": "/spec/versions/1/served", "value": True}, {"op": "replace", "path": "/spec/versions/1/name", "value": "v4"}])
        eventually("it is renamed", lambda: self.published("Closed", "v4") and not self.published("Closed", "v2"))
        code, v3 = self.send("GET", f"/openapi/v3/apis/{self.namespace}.example.com/v1")
        self.assertEqual(code, 200)
        self.assertIn(self.definition_name("Closed"), v3["components"]["schemas"])

    def patch(self, name, steps):
        return self.extensions.patch_custom_resource_definition(name, steps, _content_type="application/json-patch+json")

    # Definitions themselves

    def test_definitions_have_a_status_and_are_listed_and_cleared(self):
        name = self.define("opens", "Open", version())
        read = self.extensions.read_custom_resource_definition_status(name)
        self.assertIn("Established", [condition.type for condition in read.status.conditions])
        mine = {"type": "Mine", "status": "True", "reason": "R", "message": "m", "lastTransitionTime": "2026-01-02T03:04:05Z"}
        steps = [{"op": "add", "path": "/status/conditions/-", "value": mine}]
        patch = self.extensions.patch_custom_resource_definition_status
        patched = patch(name, steps, _content_type="application/json-patch+json")
        self.assertIn("Mine", [condition.type for condition in patched.status.conditions])
        patched.status.conditions[-1].message = "other"
        self.extensions.replace_custom_resource_definition_status(name, patched)
        labels = {"metadata": {"labels": {"ns": self.namespace}}}
        self.extensions.patch_custom_resource_definition(name, labels, _content_type="application/merge-patch+json")
        found = self.extensions.list_custom_resource_definition(label_selector=f"ns={self.namespace}")
        self.assertEqual([item.metadata.name for item in found.items], [name])
        self.extensions.delete_collection_custom_resource_definition(label_selector=f"ns={self.namespace}")
        eventually("it is gone", lambda: not self.extensions.list_custom_resource_definition(label_selector=f"ns={self.namespace}").items)

    def test_defaults_hold_for_requests_and_for_what_is_stored(self):
        plain = {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}}
        name = self.define("defs", "Def", version(schema=plain))
        at = (f"{self.namespace}.example.com", "v1", self.namespace, "defs")
        body = {"apiVersion": f"{at[0]}/v1", "kind": "Def"}
        self.custom.create_namespaced_custom_object(*at, {**body, "metadata": {"name": "old"}})
        step = [{"op": "add", "path": "/spec/versions/0/schema/openAPIV3Schema/properties/a/default", "value": "A"}]
        self.patch(name, step)
        read = lambda which: self.custom.get_namespaced_custom_object(*at, which)  # noqa: E731
        eventually("the default holds for what was stored", lambda: read("old").get("a") == "A")
        made = self.custom.create_namespaced_custom_object(*at, {**body, "metadata": {"name": "new"}})
        self.assertEqual(made["a"], "A")
        other = "/spec/versions/0/schema/openAPIV3Schema/properties"
        self.patch(name, [{"op": "add", "path": f"{other}/b/default", "value": "B"}, {"op": "remove", "path": f"{other}/a/default"}])
        eventually("the new default holds", lambda: read("new").get("b") == "B")
        self.assertEqual((read("new")["a"], read("old").get("a")), ("A", None))

    def test_objects_of_a_selection_are_watched(self):
        self.define("opens", "Open", version())
        at = (f"{self.namespace}.example.com", "v1", self.namespace, "opens")
        start = self.custom.list_namespaced_custom_object(*at)["metadata"]["resourceVersion"]
        for name in ["a", "b"]:
            body = {"apiVersion": f"{at[0]}/v1", "kind": "Open", "metadata": {"name": name}}
            self.custom.create_namespaced_custom_object(*at, body)
        self.custom.patch_namespaced_custom_object(*at, "a", {"x": 1}, _content_type="application/merge-patch+json")
        self.custom.delete_namespaced_custom_object(*at, "a")
        told = []
        follow = watch.Watch()
        chosen = {"field_selector": "metadata.name=a", "resource_version": start, "timeout_seconds": 20}
        for event in follow.stream(self.custom.list_namespaced_custom_object, *at, **chosen):
            told.append((event["type"], event["object"]["metadata"]["name"]))
            if len(told) == 3:
                follow.stop()
        self.assertEqual(told, [("ADDED", "a"), ("MODIFIED", "a"), ("DELETED", "a")])

    def test_a_namespace_takes_along_what_is_stored_in_a_version_no_longer_served(self):
        name = self.define("opens", "Open", [version(), {**version("v2"), "storage": False}])
        space = self.core.create_namespace({"metadata": {"generateName": "gone-"}}).metadata.name
        body = {"apiVersion": f"{self.namespace}.example.com/v1", "kind": "Open", "metadata": {"name": "o"}}
        self.custom.create_namespaced_custom_object(f"{self.namespace}.example.com", "v1", space, "opens", body)
        served = [{**version(), "served": False, "storage": False}, version("v2")]
        self.patch(name, [{"op": "replace", "path": "/spec/versions", "value": served}])
        self.core.delete_namespace(space)

        def gone():
            try:
                return not self.core.read_namespace(space)
            except client.ApiException as error:
                return error.status == 404

        eventually("the namespace is gone", gone)
