"""Objects of a definition: creation, reading, lists and what is wrong with queries, bodies and media types."""

import json
import sys

from pair import definition, diff, done, establish, recording

LIMITED = {"type": "string", "maxLength": 5, "pattern": "^[a-z]*$"}
KEYED = {
    "type": "array",
    "items": {"type": "object", "required": ["k"], "properties": {"k": {"type": "string"}, "v": {"type": "integer"}}},
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["k"],
}
ORDERED = {
    "type": "object",
    "properties": {"a": {"type": "integer"}, "b": {"type": "integer"}},
    "x-kubernetes-validations": [{"rule": "self.a <= self.b", "message": "a must be at most b"}],
}
SPEC = {
    "n": {"type": "integer", "minimum": 0, "maximum": 10},
    "s": LIMITED,
    "e": {"type": "string", "enum": ["a", "b"]},
    "d": {"type": "string", "default": "dd"},
    "l": KEYED,
    "set": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"},
    "m": {"type": "object", "additionalProperties": {"type": "string"}},
    "ios": {"x-kubernetes-int-or-string": True},
    "dt": {"type": "string", "format": "date-time"},
    "nul": {"type": "string", "nullable": True},
    "f": {"type": "number"},
    "any": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
    "emb": {"type": "object", "x-kubernetes-embedded-resource": True, "x-kubernetes-preserve-unknown-fields": True},
    "cel": ORDERED,
    "imm": {"type": "string", "x-kubernetes-validations": [{"rule": "self == oldSelf"}]},
}
STATUS = {"type": "object", "properties": {"r": {"type": "integer"}}}
SCHEMA = {"type": "object", "properties": {"spec": {"type": "object", "properties": SPEC}, "status": STATUS}}
PATH = "/apis/d.example.com/v1/namespaces/default/things"
POD = {"apiVersion": "v1", "kind": "Pod"}
SPECS = [
    *({"n": n} for n in (1, -1, 11, 1.0, 1.5, "x", None)),
    *({"s": s} for s in ("ABC", "abcdef")),
    *({"e": e} for e in ("c", None)),
    *({"l": items} for items in ([{"k": "a"}, {"k": "a"}], [{"v": 1}])),
    {"set": ["a", "a"]},
    {"m": {"a": 1}},
    *({"ios": value} for value in (1, "1", 1.5, None)),
    *({"dt": time} for time in ("x", "2020-01-01T00:00:00Z")),
    {"nul": None},
    *({"f": number} for number in (1, 1.5, 1e300)),
    {"any": {"x": [None]}},
    *({"emb": value} for value in ({}, POD, {**POD, "metadata": {"name": "x", "labels": {"a": 1}}})),
    *({"cel": value} for value in ({"a": 2, "b": 1}, {"a": 1})),
    {"unknown": 1},
    *({"d": value} for value in (None, "")),
]
QUERIES = [
    "limit=-1", "limit=x", "continue=xx", "resourceVersion=abc", "resourceVersionMatch=Exact", "resourceVersionMatch=Foo",
    "resourceVersion=0&resourceVersionMatch=Exact", "resourceVersion=1&resourceVersionMatch=NotOlderThan&continue=abc",
    "fieldSelector=spec.n=1", "fieldSelector=metadata.name=c1", "fieldSelector=x", "labelSelector=a%3D%3D%3Db",
    "labelSelector=a+in+(", "watch=1&sendInitialEvents=true", "sendInitialEvents=true",
    "watch=1&resourceVersionMatch=NotOlderThan", "timeoutSeconds=x", "allowWatchBookmarks=x", "resourceVersion=99999999999",
    "resourceVersion=18446744073709551616", "pretty=x",
]  # fmt: skip
WRONG = {"apiVersion": "d.example.com/v1", "kind": "Thing"}
BODIES = [
    "", "{", "[]", "null", '"x"', '{"kind":"X"}', '{"apiVersion":"d.example.com/v2","kind":"Thing"}',
    *(json.dumps({**WRONG, "metadata": metadata}) for metadata in (
        {"name": 1}, {"name": "x1", "labels": {"a": 1}}, {"name": "x1", "namespace": "kube-system"}, {"name": "x1", "uid": "a"},
        {"name": "x2", "resourceVersion": "5"}, {"name": "x3", "foo": "5"},
    )),
    '{"apiVersion":"d.example.com/v1","kind":"Thing","metadata":{"name":"x4","name":"x5"},"spec":{"n":1,"n":2}}',
]  # fmt: skip
ACCEPTS = [
    "text/html", "*/*", "application/*", "application/json;as=Table", "application/json;as=Table;v=v2;g=meta.k8s.io",
    "application/json;as=Foo;v=v1;g=meta.k8s.io", "application/cbor", "application/json;stream=watch",
]  # fmt: skip


def thing(name, spec):
    return {"apiVersion": "d.example.com/v1", "kind": "Thing", "metadata": {"name": name}, "spec": spec}


def main():
    defined = definition(SCHEMA)
    defined["spec"]["versions"][0]["subresources"] = {"status": {}}
    establish(defined)
    for number, spec in enumerate(SPECS):
        for strictness in ("Ignore", "Strict", "Warn"):
            name = f"{strictness.lower()}{number}"
            diff(f"create {spec} {strictness}", "POST", f"{PATH}?fieldValidation={strictness}", thing(name, spec))
    for name in ("", "A", "a_b", "a" * 254, "a/b", "..", "-x"):
        diff(f"name {name!r}", "POST", PATH, thing(name, {}))
    diff("a page", "GET", PATH + "?limit=2")
    for form in ("Table", "PartialObjectMetadataList"):
        diff(f"as {form}", "GET", PATH + "?limit=2", accept=f"application/json;as={form};v=v1;g=meta.k8s.io,application/json")
    for query in QUERIES:
        diff(f"list {query}", "GET", PATH + "?" + ("" if "timeoutSeconds" in query else "timeoutSeconds=1&") + query)
    for name in ("ignore0", "none", "ignore0/status", "ignore0/scale"):
        diff(f"get {name}", "GET", f"{PATH}/{name}")
    for method in ("PUT", "PATCH", "POST", "DELETE"):
        diff(f"{method} at an unknown subresource", method, PATH + "/ignore0/x")
    for body in BODIES:
        for query in ("", "?fieldValidation=Strict"):
            diff(f"body {body}{query}", "POST", PATH + query, body)
    for media_type in ("", "text/plain", "application/yaml", "application/json; charset=utf-8", "application/json;x=y", "foo"):
        diff(f"content type {media_type!r}", "POST", PATH, json.dumps(thing("typed", {"n": 1})), type=media_type)
    for accept in ACCEPTS:
        diff(f"accept {accept}", "GET", PATH + "/ignore0", accept=accept)
        diff(f"a list, accept {accept}", "GET", PATH + "?limit=1", accept=accept)
    done()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        recording(sys.argv[1])
    main()
