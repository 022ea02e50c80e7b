"""What upstream's demos do with kubectl: a replication controller is made, scaled and stopped."""

import json
import subprocess

from common import ClusterTest, eventually

DEMO = {
    "apiVersion": "v1",
    "kind": "ReplicationController",
    "metadata": {"name": "update-demo"},
    "spec": {
        "replicas": 2,
        "selector": {"name": "update-demo", "version": "first"},
        "template": {
            "metadata": {"labels": {"name": "update-demo", "version": "first"}},
            "spec": {"containers": [{"name": "update-demo", "image": "demo", "ports": [{"containerPort": 80, "protocol": "TCP"}]}]},
        },
    },
}
NAMES = "{{range .items}}{{.metadata.name}} {{end}}"
RUNS = "{{range .items}}{{range .status.conditions}}{{if eq .type \"Ready\"}}{{.status}} {{end}}{{end}}{{end}}"


class Demos(ClusterTest):
    def setUp(self):
        super().setUp()
        accounts = lambda: self.core.list_namespaced_service_account(self.namespace).items  # noqa: E731
        eventually("the namespace has its account", lambda: [a for a in accounts() if a.metadata.name == "default"])

    def kubectl(self, *words, body=None):
        run = subprocess.run(["kubectl", "-n", self.namespace, *words], input=body, capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        return run.stdout

    def pods(self, template):
        return self.kubectl("get", "pods", "-l", "name=update-demo", "-o", "template", f"--template={template}").split()

    def run_as_many(self, count):
        eventually(f"{count} pods run", lambda: self.pods(RUNS) == ["True"] * count and len(self.pods(NAMES)) == count)

    def test_a_controller_is_made_scaled_and_stopped(self):
        self.kubectl("create", "-f", "-", body=json.dumps(DEMO))
        self.run_as_many(2)
        for count in (1, 2):
            said = self.kubectl("scale", "rc", "update-demo", f"--replicas={count}", "--timeout=5m")
            self.assertIn("replicationcontroller/update-demo scaled", said)
            self.run_as_many(count)
        self.kubectl("delete", "--grace-period=0", "--force", "-f", "-", body=json.dumps(DEMO))
        eventually("nothing is left", lambda: not self.pods(NAMES))
        self.assertEqual(self.kubectl("get", "rc,svc", "-l", "name=update-demo", "--no-headers").strip(), "")
