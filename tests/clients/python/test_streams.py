"""Logs and commands of the pods `web` and `talks`, through the Python client's WebSockets."""

import unittest

import websocket
from common import eventually
from kubernetes import client, config, stream, watch


class Streams(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        config.load_kube_config()
        cls.core = client.CoreV1Api()

    def exec(self, command, **more):
        wanted = {"stdin": False, "stdout": True, "stderr": True, "tty": False}
        return stream.stream(
            self.core.connect_get_namespaced_pod_exec, "web", "default", command=command, **{**wanted, **more}
        )

    def test_a_command_answers_with_its_output(self):
        self.assertEqual(self.exec(["echo", "hello"]), "hello\n")

    def test_a_command_is_talked_to_and_tells_its_exit_code(self):
        session = self.exec(["sh", "-c", "read word; echo got $word; echo bad >&2; exit 4"], stdin=True, _preload_content=False)
        session.write_stdin("a\n")
        session.run_forever(timeout=30)
        self.assertFalse(session.is_open(), "it did not end")
        self.assertEqual((session.read_stdout(), session.read_stderr(), session.returncode), ("got a\n", "bad\n", 4))

    def test_logs_are_read_and_followed(self):
        def log(**more):
            return self.core.read_namespaced_pod_log("talks", "default", **more)

        eventually("it has talked", lambda: "three" in log())
        self.assertEqual(log(tail_lines=2), "two\nthree\n")
        self.assertEqual(log(limit_bytes=5), "one\nt")
        self.assertRegex(log(tail_lines=1, timestamps=True), r"^\d{4}-\d\d-\d\dT[0-9:.]+Z three\n$")
        follow = watch.Watch().stream(self.core.read_namespaced_pod_log, "talks", "default")
        self.assertEqual(list(follow), ["one", "two", "three"])

    def test_logs_come_over_a_web_socket(self):
        settings = client.Configuration.get_default_copy()
        at = settings.host.replace("https", "wss") + "/api/v1/namespaces/default/pods/talks/log"
        trust = {"ca_certs": settings.ssl_ca_cert, "certfile": settings.cert_file, "keyfile": settings.key_file}

        def read(protocol):
            socket = websocket.create_connection(at, sslopt=trust, subprotocols=protocol, timeout=30)
            self.assertEqual(socket.getsubprotocol(), protocol[0] if protocol else None)
            said = []
            while True:
                code, data = socket.recv_data()
                if code == websocket.ABNF.OPCODE_CLOSE:
                    return said
                said.append((code, data))

        binary = read(["binary.k8s.io"])
        self.assertEqual(b"".join(data for _, data in binary), b"one\ntwo\nthree\n")
        self.assertEqual({code for code, _ in binary}, {websocket.ABNF.OPCODE_BINARY})
        text = read(["base64.binary.k8s.io"])
        self.assertEqual({code for code, _ in text}, {websocket.ABNF.OPCODE_TEXT})
        self.assertEqual(b"".join(data for _, data in read(None)), b"one\ntwo\nthree\n")

    def test_faults_of_streams_become_exceptions(self):
        with self.assertRaises(client.ApiException) as caught:
            self.core.read_namespaced_pod_log("talks", "default", container="other")
        self.assertEqual(caught.exception.status, 400)
        with self.assertRaises(client.ApiException):
            stream.stream(self.core.connect_get_namespaced_pod_exec, "nobody", "default", command=["true"])
