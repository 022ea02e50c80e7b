//! A real kubectl against a server with TLS.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;

use kontiki_apiserver::Server;
use kontiki_apiserver::custom::establish;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::Command;

use crate::harness::server;
use crate::listening::Listening;

pub struct Kubectl {
    pub folder: TempDir,
    kubeconfig: PathBuf,
    pub listening: Listening,
}

impl Kubectl {
    pub async fn new() -> Self {
        Self::to(server()).await
    }

    pub async fn to(server: Arc<Server>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (listening, kubeconfig) = Listening::tls(server, folder.path()).await;
        Self { folder, kubeconfig, listening }
    }

    /// Runs kubectl with `input` on its standard input; answers whether it went well, and all output.
    pub async fn run(&self, arguments: &str, input: &str) -> (bool, String) {
        let mut child = Command::new("kubectl")
            .args(["--kubeconfig", self.kubeconfig.to_str().unwrap(), "--cache-dir"])
            .arg(self.folder.path().join("cache"))
            .args(arguments.split_whitespace())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("these tests need kubectl on PATH (Debian: kubernetes-client, or the release binary)");
        child.stdin.take().unwrap().write_all(input.as_bytes()).await.unwrap();
        let output = child.wait_with_output().await.unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8_lossy(&text).into_owned())
    }

    /// Starts `kubectl proxy`, and says what it says first.
    async fn proxy(&self, argument: &str) -> (tokio::process::Child, String) {
        let mut child = Command::new("kubectl")
            .args(["--kubeconfig", self.kubeconfig.to_str().unwrap(), "proxy", argument])
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).await.unwrap();
        (child, line)
    }

    pub async fn ok(&self, arguments: &str, input: &str) -> String {
        let (well, text) = self.run(arguments, input).await;
        assert!(well, "kubectl {arguments}: {text}");
        text
    }
}

const MANIFEST: &str = "
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, labels: {app: web}}
data: {colour: blue}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: c, image: demo, ports: [{containerPort: 80}]}]}
";

#[tokio::test(flavor = "multi_thread")]
async fn manifests_are_applied_changed_and_deleted() {
    let kubectl = Kubectl::new().await;
    let applied = kubectl.ok("apply -f -", MANIFEST).await;
    assert_eq!(applied, "configmap/settings created\ndeployment.apps/web created\n");
    assert!(kubectl.ok("get configmaps", "").await.contains("settings"));
    let changed = kubectl.ok("apply -f -", &MANIFEST.replace("blue", "red").replace("image: demo", "image: demo:2")).await;
    assert_eq!(changed, "configmap/settings configured\ndeployment.apps/web configured\n");
    assert_eq!(kubectl.ok("get cm settings -o jsonpath={.data.colour}", "").await, "red");
    let image = "get deploy web -o jsonpath={.spec.template.spec.containers[0].image}";
    assert_eq!(kubectl.ok(image, "").await, "demo:2");
    kubectl.ok("scale deployment web --replicas=5", "").await;
    assert_eq!(kubectl.ok("get deployment web -o jsonpath={.spec.replicas}", "").await, "5");
    kubectl.ok("set image deployment/web c=demo:3", "").await;
    assert_eq!(kubectl.ok(image, "").await, "demo:3");
    kubectl.ok("label cm settings tier=front", "").await;
    kubectl.ok("annotate deploy web note=hello", "").await;
    kubectl.ok(r#"patch cm settings --type=json -p [{"op":"remove","path":"/data/colour"}]"#, "").await;
    assert!(kubectl.ok("get all,cm -A -o wide", "").await.contains("deployment.apps/web"));
    assert!(kubectl.ok("delete -f -", MANIFEST).await.contains("deleted"));
    assert_eq!(kubectl.ok("get deploy,cm --ignore-not-found", "").await, "");
}

#[tokio::test(flavor = "multi_thread")]
async fn manifests_are_applied_by_the_server() {
    let kubectl = Kubectl::new().await;
    let applied = kubectl.ok("apply --server-side -f -", MANIFEST).await;
    assert_eq!(applied, "configmap/settings serverside-applied\ndeployment.apps/web serverside-applied\n");
    let shown = kubectl.ok("get deployment web --show-managed-fields -o yaml", "").await;
    assert!(
        shown.contains("manager: kubectl") && shown.contains("operation: Apply") && shown.contains("f:replicas: {}"),
        "{shown}"
    );
    assert_eq!(kubectl.ok("diff --server-side -f -", MANIFEST).await, "");
    kubectl.ok("scale deployment web --replicas=5", "").await;
    let (well, text) = kubectl.run("apply --server-side -f -", MANIFEST).await;
    assert!(
        !well && text.contains("conflict with \"kubectl\" with subresource \"scale\" using apps/v1: .spec.replicas"),
        "{text}"
    );
    kubectl.ok("apply --server-side --force-conflicts -f -", MANIFEST).await;
    assert_eq!(kubectl.ok("get deployment web -o jsonpath={.spec.replicas}", "").await, "2");
    let (well, text) = kubectl.run("apply --server-side -f -", &MANIFEST.replace("replicas: 2", "replicsa: 2")).await;
    assert!(!well && text.contains(".spec.replicsa: field not declared in schema"), "{text}");
    kubectl.ok("apply --server-side -f -", &MANIFEST.replace("data: {colour: blue}", "data: {size: large}")).await;
    assert_eq!(kubectl.ok("get cm settings -o jsonpath={.data}", "").await, r#"{"size":"large"}"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_move_from_client_side_apply_to_the_server_and_back() {
    let kubectl = Kubectl::new().await;
    kubectl.ok("apply -f -", MANIFEST).await;
    let managers = "get deployment web -o jsonpath={.metadata.managedFields[*].manager} --show-managed-fields";
    assert_eq!(kubectl.ok(managers, "").await, "kubectl-client-side-apply");
    let changed = MANIFEST.replace("replicas: 2", "replicas: 3").replace("blue", "red");
    kubectl.ok("apply --server-side -f -", &changed).await;
    assert_eq!(kubectl.ok("get deployment web -o jsonpath={.spec.replicas}", "").await, "3");
    // kubectl gives the annotation a manager of its own, and itself what it applied on the client's side.
    // Their order is that of the seconds in which they wrote.
    let told = kubectl.ok(managers, "").await;
    let mut told: Vec<&str> = told.split(' ').collect();
    told.sort_unstable();
    assert_eq!(told, ["kubectl", "kubectl-last-applied"]);
    let last = kubectl.ok("apply view-last-applied deployment web -o json", "").await;
    assert!(last.contains("\"replicas\": 3"), "{last}");
    let back = kubectl.ok("apply -f -", &changed.replace("replicas: 3", "paused: true").replace("red", "green")).await;
    assert!(back.contains("deployment.apps/web configured"), "{back}");
    assert_eq!(kubectl.ok("get cm settings -o jsonpath={.data.colour}", "").await, "green");
    assert_eq!(kubectl.ok("get deployment web -o jsonpath={.spec.replicas}/{.spec.paused}", "").await, "1/true");
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_are_made_from_flags_in_protobuf() {
    let kubectl = Kubectl::new().await;
    kubectl.ok("create namespace shop", "").await;
    kubectl.ok("create configmap c --from-literal=a=b -n shop", "").await;
    kubectl.ok("create deployment d --image=demo --replicas=2 --port=80 -n shop", "").await;
    kubectl.ok("create secret generic s --from-literal=a=b -n shop", "").await;
    assert_eq!(kubectl.ok("get secret s -n shop -o jsonpath={.data.a}", "").await, "Yg==");
    assert_eq!(kubectl.ok("get deployment d -n shop -o jsonpath={.spec.replicas}", "").await, "2");
    kubectl.ok("run p --image=demo -n shop", "").await;
    assert!(kubectl.ok("get pod p -n shop", "").await.contains("Pending"));
    assert!(kubectl.ok("describe pod p -n shop", "").await.contains("demo"));
    assert!(kubectl.ok("get ns", "").await.contains("Active"));
    let (well, text) = kubectl.run("create namespace shop", "").await;
    assert!(!well && text.contains("AlreadyExists"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn kinds_are_listed_and_explained() {
    let kubectl = Kubectl::new().await;
    let resources = kubectl.ok("api-resources", "").await;
    assert!(resources.lines().any(|line| line.starts_with("deployments") && line.contains("deploy") && line.contains("apps/v1")));
    assert!(kubectl.ok("api-versions", "").await.contains("networking.k8s.io/v1"));
    assert!(kubectl.ok("explain deployment.spec.strategy", "").await.contains("rollingUpdate"));
    assert!(kubectl.ok("version", "").await.contains("v1.36.0+kontiki"));
}

#[tokio::test(flavor = "multi_thread")]
async fn faults_of_manifests_are_told() {
    let kubectl = Kubectl::new().await;
    let (well, text) = kubectl.run("apply -f -", &MANIFEST.replace("replicas: 2", "replicsa: 2")).await;
    assert!(!well && text.contains("unknown field \"spec.replicsa\""), "{text}");
    let (well, text) = kubectl.run("apply -f -", &MANIFEST.replace("replicas: 2", "replicas: two")).await;
    assert!(!well && text.contains("replicas"), "{text}");
    let (well, text) = kubectl.run("apply -f -", &MANIFEST.replace("name: web}\nspec", "name: Web_}\nspec")).await;
    assert!(!well && text.contains("is invalid") && text.contains("metadata.name"), "{text}");
}

const CONTROLLER: &str = "
apiVersion: v1
kind: ReplicationController
metadata: {name: primary}
spec:
  replicas: 1
  selector: {app: primary}
  template:
    metadata: {labels: {app: primary}}
    spec: {containers: [{name: c, image: demo, ports: [{containerPort: 6379}]}]}
";

#[tokio::test(flavor = "multi_thread")]
async fn controllers_are_exposed_scaled_and_pods_replaced() {
    let kubectl = Kubectl::new().await;
    kubectl.ok("create -f -", CONTROLLER).await;
    kubectl.ok("expose rc primary --name=rm2 --port=1234 --target-port=6379", "").await;
    kubectl.ok("expose service rm2 --name=rm3 --port=2345 --target-port=6379", "").await;
    let ports = "get services rm2 rm3 -o jsonpath={.items[*].spec.ports[0].port}/{.items[1].spec.selector.app}";
    assert_eq!(kubectl.ok(ports, "").await, "1234 2345/primary");
    kubectl.ok("scale rc primary --current-replicas=1 --replicas=2", "").await;
    assert_eq!(kubectl.ok("get rc primary -o template={{.spec.replicas}}", "").await, "2");
    kubectl.ok("run p --image=demo:1 --restart=Never --labels=run=p", "").await;
    let image = "get pod p -o jsonpath={.spec.containers[0].image}";
    let patch = r#"patch pod p --dry-run=server -p {"spec":{"containers":[{"name":"p","image":"demo:2"}]}}"#;
    kubectl.ok(patch, "").await;
    assert_eq!(kubectl.ok(image, "").await, "demo:1");
    let edited = kubectl.ok("get pod p -o json", "").await.replace("\"image\": \"demo:1\"", "\"image\": \"demo:2\"");
    kubectl.ok("replace -f -", &edited).await;
    assert_eq!(kubectl.ok(image, "").await, "demo:2");
    kubectl.ok("label pods p testing-label=value", "").await;
    assert!(kubectl.ok("get pod p -L testing-label", "").await.contains("value"));
    kubectl.ok("label pods p testing-label-", "").await;
    assert!(!kubectl.ok("get pod p -L testing-label", "").await.contains("value"));
    assert!(kubectl.ok("cluster-info", "").await.contains("Kubernetes control plane is running at"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_is_reached_through_kubectls_proxy() {
    let kubectl = Kubectl::new().await;
    let socket = kubectl.folder.path().join("proxy");
    let mut over_tcp = kubectl.proxy("--port=0").await;
    let (_, address) = over_tcp.1.split_once("Starting to serve on ").unwrap();
    let answer = ask(tokio::net::TcpStream::connect(address.trim()).await.unwrap()).await;
    assert!(answer.contains("\"versions\""), "{answer}");
    let mut over_unix = kubectl.proxy(&format!("--unix-socket={}", socket.display())).await;
    let answer = ask(tokio::net::UnixStream::connect(&socket).await.unwrap()).await;
    assert!(answer.contains("\"versions\""), "{answer}");
    over_tcp.0.kill().await.unwrap();
    over_unix.0.kill().await.unwrap();
}

/// What `GET /api/` is answered.
async fn ask(mut stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin) -> String {
    stream.write_all(b"GET /api/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

const DEFINITION: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: crontabs.stable.example.com}
spec:
  group: stable.example.com
  scope: Namespaced
  names: {plural: crontabs, singular: crontab, kind: CronTab, shortNames: [ct]}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            required: [cronSpec]
            properties:
              cronSpec: {type: string, description: When it runs.}
              replicas: {type: integer, minimum: 1, default: 1}
    additionalPrinterColumns:
    - {name: Spec, type: string, jsonPath: .spec.cronSpec}
    - {name: Replicas, type: integer, jsonPath: .spec.replicas}
    - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
";

const CRON_TAB: &str = "
apiVersion: stable.example.com/v1
kind: CronTab
metadata: {name: nightly}
spec: {cronSpec: '0 0 * * *'}
";

#[tokio::test(flavor = "multi_thread")]
async fn custom_kinds_are_defined_used_and_removed() {
    let kubectl = Kubectl::new().await;
    establish(&kubectl.listening.server, kubectl.listening.stop.clone());
    kubectl.ok("apply -f -", DEFINITION).await;
    kubectl.ok("wait --for=condition=Established crd/crontabs.stable.example.com --timeout=30s", "").await;
    assert_eq!(kubectl.ok("apply -f -", CRON_TAB).await, "crontab.stable.example.com/nightly created\n");
    let table = kubectl.ok("get ct", "").await;
    assert!(table.contains("SPEC") && table.contains("0 0 * * *"), "{table}");
    let changed = kubectl.ok("apply -f -", &CRON_TAB.replace("0 0", "5 0")).await;
    assert_eq!(changed, "crontab.stable.example.com/nightly configured\n");
    kubectl.ok(r#"patch crontab nightly --type=merge -p {"spec":{"replicas":3}}"#, "").await;
    assert_eq!(kubectl.ok("get ct nightly -o jsonpath={.spec.cronSpec}/{.spec.replicas}", "").await, "5 0 * * */3");
    let explained = kubectl.ok("explain crontab.spec", "").await;
    assert!(explained.contains("When it runs.") && explained.contains("-required-"), "{explained}");
    let (well, text) = kubectl.run("apply -f -", &CRON_TAB.replace("cronSpec", "cronSpecs")).await;
    assert!(!well && text.contains("unknown field \"spec.cronSpecs\""), "{text}");
    let (well, text) = kubectl.run(r#"patch ct nightly --type=merge -p {"spec":{"replicas":0}}"#, "").await;
    assert!(!well && text.contains("should be greater than or equal to 1"), "{text}");
    kubectl.ok("delete ct nightly", "").await;
    kubectl.ok("delete crd crontabs.stable.example.com --timeout=30s", "").await;
    let (well, text) = kubectl.run("get ct", "").await;
    assert!(!well && text.contains("could not find the requested resource"), "{text}");
}
