"""Sends one request to two servers, ours and upstream's, and tells how the answers differ.

`scripts/upstream` starts both and runs a script that uses this. What differs in each run (times, uids, revisions) is
replaced by a word in angle brackets; columns of tables are described in words of our own, which do not count. With
`recording(file)` the requests and upstream's answers are kept, for apiserver/tests/it/upstream.rs to replay.
"""

import difflib
import http.client
import json
import os
import re
import ssl
import time

OURS, THEIRS = 6443, 7443
DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")
UID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

_context = ssl._create_unverified_context()
_connections = {}
_told = {}
_record = None
counts = {"same": 0, "differ": 0, "alike": 0}


class Answer:
    def __init__(self, code, body, warnings):
        self.code, self.body, self.warnings = code, body, warnings

    def value(self):
        """The body as JSON without what differs in each run; as text where it is no JSON."""
        try:
            return plain(json.loads(self.body))
        except ValueError:
            return places(self.body.decode("utf8", "replace"))

    def compared(self):
        # As text, since Python says that 1 == 1.0.
        return self.code, self.warnings, json.dumps(self.value(), sort_keys=True)


def send(port, method, path, body=None, type="application/json", accept="application/json", headers=()):
    """One request; the code is 0 where the server ended the connection instead of answering."""
    sent = {"Authorization": "Bearer " + os.environ["TOKEN"], "Accept": accept, "Content-Type": type, **dict(headers)}
    if body is None:
        del sent["Content-Type"]
    elif not isinstance(body, (str, bytes)):
        body = json.dumps(body)
    if isinstance(body, str):
        body = body.encode()
    for _ in range(2):
        if port not in _connections:
            _connections[port] = http.client.HTTPSConnection("127.0.0.1", port, context=_context, timeout=30)
        try:
            _connections[port].request(method, path, body, {name: value for name, value in sent.items() if value is not None})
            response = _connections[port].getresponse()
            return Answer(response.status, response.read(), response.headers.get_all("Warning") or [])
        except (http.client.HTTPException, OSError):
            _connections.pop(port).close()
    return Answer(0, b"(the connection was closed)", [])


def places(text):
    return UID.sub("<uid>", TIME.sub("<time>", text))


def plain(value, key=None):
    if isinstance(value, dict):
        described = key == "columnDefinitions"
        return {name: plain(one, name) for name, one in value.items() if not (described and name == "description")}
    if isinstance(value, list):
        values = [plain(one, key if key == "columnDefinitions" else None) for one in value]
        if key == "managedFields":
            values.sort(key=lambda entry: json.dumps(entry, sort_keys=True))
        return values
    if not isinstance(value, str):
        return value
    if key == "resourceVersion" and value.isdigit() and value != "0":
        return "<rv>"
    if key == "continue" and value:
        return "<continue>"
    return places(value)


def both(method, path, body=None, **more):
    return send(OURS, method, path, body, **more), send(THEIRS, method, path, body, **more)


def diff(label, method, path, body=None, **more):
    """Sends it to both, tells how the answers differ (a difference of one form is told once), and gives both."""
    ours, theirs = both(method, path, body, **more)
    same = ours.compared() == theirs.compared()
    counts["same" if same else "differ"] += 1
    if _record:
        _keep(label, method, path, body, more, theirs, same)
    if not same:
        _tell(label, body, ours, theirs)
    return ours, theirs


def _tell(label, body, ours, theirs):
    def lines(answer):
        value = answer.value()
        text = value if isinstance(value, str) else json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False)
        return text.splitlines()

    changed = list(difflib.unified_diff(lines(ours), lines(theirs), "ours", "theirs", lineterm="", n=1))
    form = re.sub(r'\\?"[a-z]+\d+\\?"', "", str((ours.code, theirs.code, [one for one in changed if one[:2] != "@@"])))
    _told[form] = _told.get(form, 0) + 1
    if _told[form] > 1:
        counts["alike"] += 1
        return
    print("###", label)
    if body is not None:
        print("  sent:", (body if isinstance(body, str) else json.dumps(body))[:600])
    if ours.code != theirs.code:
        print("  code: ours", ours.code, "theirs", theirs.code)
    if ours.warnings != theirs.warnings:
        print("  warnings: ours", ours.warnings, "theirs", theirs.warnings)
    for line in changed[:24]:
        print("   ", line[:400])


def recording(file):
    """From now on the requests of `diff` and `establish` are written to `file`, with the answers of theirs."""
    global _record
    _record = open(file, "w", encoding="utf8")


def _keep(label, method, path, body, more, theirs, same):
    line = {"say": label, "method": method, "path": path}
    if not same:
        line["unlike"] = True
    if body is not None:
        line["body"] = body.decode() if isinstance(body, bytes) else body
    line.update({name: more[name] for name in ("type", "accept") if name in more})
    line["code"] = theirs.code
    if theirs.warnings:
        line["warnings"] = theirs.warnings
    line["answer"] = theirs.value()
    keep(line)


def keep(line):
    """Writes a line of a recording as it is."""
    _record.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")
    _record.flush()


def definition(schema, group="d.example.com", plural="things", kind="Thing", scope="Namespaced", **spec):
    """A definition with one version, v1, of this schema."""
    names = {"plural": plural, "singular": kind.lower(), "kind": kind, "listKind": kind + "List"}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {"group": group, "scope": scope, "names": names, "versions": [version], **spec},
    }


def establish(definition, label=None):
    """Creates the definition on both, and waits until both serve it."""
    spec = definition["spec"]
    answers = diff(label or "create " + definition["metadata"]["name"], "POST", DEFINITIONS, definition)
    served = next((version["name"] for version in spec["versions"] if version.get("served")), None)
    if not served:
        return answers
    path = f"/apis/{spec['group']}/{served}/{spec['names']['plural']}"
    for port, answer in zip((OURS, THEIRS), answers):
        until = time.monotonic() + 20
        while answer.code == 201 and send(port, "GET", path).code != 200:
            if time.monotonic() > until:
                raise SystemExit(f"{path} is not served at {port}")
            time.sleep(0.1)
    return answers


def done():
    print("{same} alike, {differ} not ({alike} of them of a form that was told before)".format(**counts))
