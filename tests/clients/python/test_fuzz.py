"""Requests made up from our own OpenAPI document by schemathesis: none may end in a server error."""

import base64
import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import yaml

# Connections and watches do not end by themselves; what those of the second line hold would act on the requests after them.
LEFT_OUT = "/watch/|/proxy|/exec|/attach|/portforward|/log" "|customresourcedefinitions|admissionregistration|apiregistration|flowcontrol"
# 504 is upstream's answer, and ours, to a list of a revision that is still to come.
ALLOWED = (504,)


def answers(value):
    """Every answer that a line of the report tells of."""
    if isinstance(value, dict):
        if isinstance(value.get("status_code"), int):
            yield value["status_code"]
        for inner in value.values():
            yield from answers(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from answers(inner)


class Fuzz(unittest.TestCase):
    def setUp(self):
        config = yaml.safe_load(Path(os.environ["KUBECONFIG"]).read_text())
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        cluster, user = config["clusters"][0]["cluster"], config["users"][0]["user"]
        self.url = cluster["server"]
        for name, data in [
            ("ca", cluster["certificate-authority-data"]),
            ("cert", user["client-certificate-data"]),
            ("key", user["client-key-data"]),
        ]:
            (self.folder / name).write_bytes(base64.b64decode(data))

    def test_nothing_made_up_ends_in_a_server_error(self):
        count, seed = os.environ.get("KONTIKI_FUZZ_EXAMPLES", "1"), os.environ.get("KONTIKI_FUZZ_SEED", "1")
        program = Path(sys.executable).with_name("schemathesis")
        ran = subprocess.run(
            [
                program, "run", f"{self.url}/openapi/v2", "--tls-verify", self.folder / "ca",
                "--request-cert", self.folder / "cert", "--request-cert-key", self.folder / "key",
                "--checks", "not_a_server_error", "--phases", "fuzzing", "--max-examples", count, "--seed", seed, "--workers", "2",
                "--request-timeout", "30", "--continue-on-failure", "--suppress-health-check", "all", "--warnings", "off",
                "--exclude-path-regex", LEFT_OUT, "--report", "ndjson", "--report-dir", self.folder,
            ],
            cwd=self.folder, capture_output=True, text=True, timeout=900, check=False,
        )
        (report,) = self.folder.glob("*.ndjson")
        lines = report.read_text().splitlines()
        told = [(code, line) for line in lines for code in answers(json.loads(line))]
        self.assertGreater(len(told), 400, ran.stdout + ran.stderr)
        failed = [line[:3000] for code, line in told if code >= 500 and code not in ALLOWED]
        self.assertEqual(failed[:3], [], f"{len(failed)} of {len(told)}")
