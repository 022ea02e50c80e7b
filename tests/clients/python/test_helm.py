"""Helm's own library: charts of local files are installed, upgraded, rolled back and removed."""

import pathlib
import tempfile

import helm_python as helm
from common import ClusterTest, eventually
from kubernetes import client

CHART = {
    "Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\nappVersion: '7'\n",
    "values.yaml": "replicas: 1\ncolour: blue\nbroken: false\n",
    "crds/shelf.yaml": """
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: shelves.helm.example.com}
spec:
  group: helm.example.com
  scope: Namespaced
  names: {plural: shelves, singular: shelf, kind: Shelf}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties: {spec: {type: object, properties: {boards: {type: integer, minimum: 1}}}}
""",
    "templates/all.yaml": """
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}-settings, labels: {app: {{ .Chart.Name }}}}
data: {colour: {{ .Values.colour }}}
---
apiVersion: v1
kind: Service
metadata: {name: {{ .Release.Name }}}
spec: {selector: {app: shop}, ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: shop}}
  template:
    metadata: {labels: {app: shop}}
    spec: {containers: [{name: c, image: demo, resources: {requests: {cpu: 10m}}}]}
---
apiVersion: helm.example.com/v1
kind: Shelf
metadata: {name: {{ .Release.Name }}}
spec: {boards: {{ if .Values.broken }}0{{ else }}3{{ end }}}
{{ if .Capabilities.APIVersions.Has "autoscaling/v2" }}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: {{ .Release.Name }}}
spec: {maxReplicas: 5, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: {{ .Release.Name }}}}
{{ end }}
""",
    "templates/hook.yaml": """
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-before
  annotations: {helm.sh/hook: "pre-install,pre-upgrade", helm.sh/hook-delete-policy: before-hook-creation}
data: {revision: "{{ .Release.Revision }}"}
""",
    "templates/NOTES.txt": "Kubernetes {{ .Capabilities.KubeVersion.Version }}\n",
}


class Helm(ClusterTest):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.chart = pathlib.Path(folder.name) / "shop"
        for name, text in CHART.items():
            path = self.chart / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.helm = helm.Config(namespace=self.namespace)
        self.addCleanup(self.helm.close)

    def shelf(self):
        return self.custom.get_namespaced_custom_object("helm.example.com", "v1", self.namespace, "shelves", "one")

    def settings(self):
        return self.core.read_namespaced_config_map("one-settings", self.namespace)

    def test_a_chart_lives_through_a_whole_release(self):
        made = self.helm.install(self.chart, "one", {"replicas": 2}, wait="watcher", timeout=60)
        self.assertEqual((made["revision"], made["status"]), (1, "deployed"))
        self.assertIn("v1.36.0", made.get("notes", made.get("info", {}).get("notes", "v1.36.0")))
        self.assertEqual(self.apps.read_namespaced_deployment("one", self.namespace).status.ready_replicas, 2)
        self.assertEqual(self.shelf()["spec"]["boards"], 3)
        scaler = client.AutoscalingV2Api(self.api).read_namespaced_horizontal_pod_autoscaler("one", self.namespace)
        self.assertEqual(scaler.spec.max_replicas, 5)
        self.core.patch_namespaced_config_map("one-settings", self.namespace, {"data": {"mine": "kept"}})
        up = self.helm.upgrade(self.chart, "one", {"colour": "red", "replicas": 3}, wait="watcher", timeout=60)
        self.assertEqual((up["revision"], up["status"]), (2, "deployed"))
        self.assertEqual(self.settings().data, {"colour": "red", "mine": "kept"})
        self.assertEqual(self.apps.read_namespaced_deployment("one", self.namespace).status.ready_replicas, 3)
        with self.assertRaises(helm.HelmError) as caught:
            self.helm.upgrade(self.chart, "one", {"broken": True})
        self.assertIn("should be greater than or equal to 1", str(caught.exception))
        self.helm.rollback("one", version=1, wait="watcher", timeout=60)
        self.assertEqual((self.settings().data["colour"], self.shelf()["spec"]["boards"]), ("blue", 3))
        states = [(entry["revision"], entry["status"]) for entry in self.helm.history("one")]
        self.assertEqual(sorted(states), [(1, "superseded"), (2, "superseded"), (3, "failed"), (4, "deployed")])
        self.assertEqual([entry["name"] for entry in self.helm.list()], ["one"])
        secrets = self.core.list_namespaced_secret(self.namespace, label_selector="owner=helm,name=one")
        self.assertEqual({secret.type for secret in secrets.items}, {"helm.sh/release.v1"})
        self.helm.uninstall("one")
        eventually("all is removed", lambda: not self.apps.list_namespaced_deployment(self.namespace).items)
        self.assertEqual(self.helm.list(), [])

    def test_what_another_owns_is_not_taken_over(self):
        self.core.create_namespaced_config_map(self.namespace, {"metadata": {"name": "one-settings"}})
        with self.assertRaises(helm.HelmError) as caught:
            self.helm.install(self.chart, "one")
        self.assertIn("invalid ownership metadata", str(caught.exception))
