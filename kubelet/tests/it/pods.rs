//! Pods from API to Docker and back, on a cluster in memory.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use kontiki_api::meta::Key;
use kontiki_kubelet::runtime::{ContainerRuntime, SimulatedRuntime};
use kontiki_kubelet::{Kubelet, KubeletConfig};
use kontiki_runtime::client::Client;
use kontiki_runtime::clock::SystemClock;
use kontiki_runtime::testing::MemoryClient;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::docker::TestDocker;
use super::images::BUSYBOX;
use super::network::TestBridge;

/// Longest wait for a state.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Node {
    client: MemoryClient,
    access: Arc<dyn Client>,
    name: String,
    folder: PathBuf,
    runtime: Arc<dyn ContainerRuntime>,
    stop: CancellationToken,
    kubelet: Option<Kubelet>,
    starts: u64,
    bridge: String,
}

impl Node {
    pub async fn start(name: &str, folder: PathBuf, runtime: Arc<dyn ContainerRuntime>) -> Self {
        Self::start_on(name, folder, runtime, "").await
    }

    /// A node whose pods are on `bridge`.
    pub async fn start_on(name: &str, folder: PathBuf, runtime: Arc<dyn ContainerRuntime>, bridge: &str) -> Self {
        let client = MemoryClient::default();
        Self::start_with(name, folder, runtime, bridge, client.clone(), Arc::new(client)).await
    }

    /// A node that reaches `client` through `access`.
    pub async fn start_with(
        name: &str,
        folder: PathBuf,
        runtime: Arc<dyn ContainerRuntime>,
        bridge: &str,
        client: MemoryClient,
        access: Arc<dyn Client>,
    ) -> Self {
        client.with(|cluster| {
            cluster.put(json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "kube-node-lease"}})).unwrap();
        });
        let mut node = Self {
            client,
            access,
            name: name.into(),
            folder,
            runtime,
            stop: CancellationToken::new(),
            kubelet: None,
            starts: 0,
            bridge: bridge.into(),
        };
        node.boot().await;
        node
    }

    async fn boot(&mut self) {
        self.starts += 1;
        self.stop = CancellationToken::new();
        let config = KubeletConfig {
            node_name: self.name.clone(),
            data_dir: self.folder.clone(),
            client: Arc::clone(&self.access),
            pod_cidr: "10.99.7.0/24".into(),
            routed_cidrs: Vec::new(),
            cluster_dns: "10.96.0.10".into(),
            cluster_domain: "cluster.local".into(),
            node_ip: "127.0.0.1".into(),
            bridge: self.bridge.clone(),
            docker_socket: "/var/run/docker.sock".into(),
            runtime: Some(Arc::clone(&self.runtime)),
            server: None,
            read_only: None,
            start_id: self.starts,
        };
        self.kubelet = Some(Kubelet::start(config, &self.stop).await.unwrap());
    }

    pub async fn halt(&mut self) {
        self.stop.cancel();
        if let Some(kubelet) = self.kubelet.take() {
            kubelet.join().await;
        }
    }

    pub fn put(&self, object: Value) {
        self.client.with(|cluster| cluster.put(object).unwrap());
    }

    /// The paths of its server.
    pub fn routes(&self) -> axum::Router {
        self.kubelet.as_ref().unwrap().routes()
    }

    pub fn delete(&self, pod: &str) {
        self.client.with(|cluster| cluster.delete(&Key::new("pods", "default", pod)).unwrap());
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn folder(&self) -> &std::path::Path {
        &self.folder
    }

    /// Waits for something outside the API.
    pub async fn eventually(&self, what: &str, holds: impl Fn() -> bool) {
        self.eventually_or(what, holds, String::new).await;
    }

    /// The same; a failure tells what `seen` says.
    pub async fn eventually_or(&self, what: &str, holds: impl Fn() -> bool, seen: impl Fn() -> String) {
        let mut looks = tokio::time::interval(Duration::from_millis(20));
        let held = async {
            while !holds() {
                looks.tick().await;
            }
        };
        tokio::time::timeout(PATIENCE, held).await.unwrap_or_else(|_| panic!("not in time: {what}\n{}", seen()));
    }

    pub fn pod(&self, name: &str) -> Value {
        self.client
            .with(|cluster| cluster.get(&Key::new("pods", "default", name)).map(|object| object.to_value()))
            .unwrap_or_default()
    }

    pub async fn until(&self, name: &str, what: &str, condition: impl Fn(&Value) -> bool) -> Value {
        let seen = self.client.until(|cluster| {
            let pod = cluster.get(&Key::new("pods", "default", name)).map(|object| object.to_value()).unwrap_or_default();
            condition(&pod)
        });
        if tokio::time::timeout(PATIENCE, seen).await.is_err() {
            let debug = self.kubelet.as_ref().unwrap().engine().debug("kubelet").await;
            panic!("{what} was not seen: {:#}\n{:#}", self.pod(name), debug.unwrap_or_default());
        }
        self.pod(name)
    }

    pub fn manifest(&self, name: &str, spec: Value) -> Value {
        let mut spec = spec;
        spec["nodeName"] = json!(self.name);
        spec["terminationGracePeriodSeconds"] = json!(2);
        json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default", "uid": format!("{}-{name}", self.name)}, "spec": spec})
    }
}

impl Drop for Node {
    /// A test that fails must not leave a kubelet behind that goes on making containers.
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

pub fn container(name: &str, script: &str) -> Value {
    json!({"name": name, "image": BUSYBOX, "command": ["/bin/sh", "-c", script]})
}

fn phase_is(phase: &'static str) -> impl Fn(&Value) -> bool {
    move |pod| pod["status"]["phase"] == phase
}

pub fn is_ready(pod: &Value) -> bool {
    let conditions = pod["status"]["conditions"].as_array().cloned().unwrap_or_default();
    conditions.iter().any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
}

/// The node reaches the pod: nobody listens there, and the pod itself says so.
fn reaches(ip: &str) {
    let address = format!("{ip}:9").parse().unwrap();
    let answer = std::net::TcpStream::connect_timeout(&address, PATIENCE).unwrap_err();
    assert_eq!(answer.kind(), std::io::ErrorKind::ConnectionRefused);
}

async fn life_of_a_pod(node: &mut Node) {
    node.put(node.manifest(
        "web",
        json!({
            "restartPolicy": "Always",
            "initContainers": [container("init", "echo first; exit 0")],
            "containers": [container("web", "trap 'exit 0' TERM; while true; do sleep 0.1; done")],
        }),
    ));
    let pod = node.until("web", "a ready pod", is_ready).await;
    let status = &pod["status"];
    assert_eq!(status["phase"], "Running");
    assert_eq!(status["hostIP"], "127.0.0.1");
    assert_eq!(status["initContainerStatuses"][0]["state"]["terminated"]["reason"], "Completed", "{status:#}");
    if !node.bridge.is_empty() {
        assert!(status["podIP"].as_str().is_some_and(|ip| ip.starts_with("10.99.7.")), "{status:#}");
        reaches(status["podIP"].as_str().unwrap());
    }
    let before = status["containerStatuses"][0]["containerID"].clone();
    node.halt().await;
    node.boot().await;
    node.until("web", "the node is back", is_ready).await;
    node.client.with(|cluster| {
        let mut pod = cluster.get(&Key::new("pods", "default", "web")).unwrap().to_value();
        pod["metadata"]["labels"] = json!({"seen": "again"});
        cluster.put(pod).unwrap();
    });
    node.kubelet.as_ref().unwrap().engine().quiet().await;
    assert_eq!(node.pod("web")["status"]["containerStatuses"][0]["containerID"], before, "it was taken over");
}

async fn end_of_a_pod(node: &Node) {
    node.put(node.manifest("job", json!({"restartPolicy": "Never", "containers": [container("job", "exit 3")]})));
    let pod = node.until("job", "a failed pod", phase_is("Failed")).await;
    let terminated = &pod["status"]["containerStatuses"][0]["state"]["terminated"];
    assert_eq!((&terminated["exitCode"], &terminated["reason"]), (&json!(3), &json!("Error")));
    node.put(node.manifest("good", json!({"restartPolicy": "OnFailure", "containers": [container("good", "exit 0")]})));
    node.until("good", "a pod that succeeded", phase_is("Succeeded")).await;
}

async fn crash_loop(node: &Node) {
    node.put(node.manifest("crash", json!({"restartPolicy": "Always", "containers": [container("crash", "exit 1")]})));
    let waiting = |pod: &Value| pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] == "CrashLoopBackOff";
    let pod = node.until("crash", "a crash loop", waiting).await;
    assert_eq!(pod["status"]["containerStatuses"][0]["restartCount"], 1, "the first restart comes at once");
    assert_eq!(pod["status"]["phase"], "Running");
}

async fn missing_image(node: &Node) {
    let mut missing = container("app", "");
    missing["image"] = json!("kontiki-test/none:1");
    missing["imagePullPolicy"] = json!("Never");
    node.put(node.manifest("missing", json!({"containers": [missing]})));
    let reason = |pod: &Value| pod["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] == "ErrImageNeverPull";
    let pod = node.until("missing", "the reason of the wait", reason).await;
    assert_eq!(pod["status"]["phase"], "Pending");
}

async fn deletion(node: &Node) {
    for name in ["web", "crash", "missing", "job", "good"] {
        node.client.with(|cluster| cluster.delete(&Key::new("pods", "default", name)).unwrap());
    }
    let folder = node.folder.join("pods");
    let gone = async {
        while std::fs::read_dir(&folder).is_ok_and(|mut entries| entries.next().is_some()) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.expect("the folders of deleted pods go");
}

async fn all(node: &mut Node) {
    life_of_a_pod(node).await;
    end_of_a_pod(node).await;
    crash_loop(node).await;
    missing_image(node).await;
    deletion(node).await;
    node.halt().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pods_live_and_end_on_a_simulated_node() {
    let images = [BUSYBOX, kontiki_kubelet::images::PAUSE.name].map(String::from);
    let runtime = Arc::new(SimulatedRuntime::new(images, Arc::new(SystemClock::default())));
    let folder = tempfile::tempdir().unwrap();
    let mut node = Node::start("sim", folder.path().into(), runtime).await;
    all(&mut node).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pods_live_and_end_in_docker() {
    let Some(docker) = TestDocker::new() else { return };
    let mut node = Node::start_on(&docker.node, docker.folder.path().into(), docker.runtime.clone(), "kttest1").await;
    let _bridge = TestBridge("kttest1".into());
    all(&mut node).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn volumes_environment_and_probes_work_in_docker() {
    let Some(docker) = TestDocker::new() else { return };
    let mut node = Node::start(&docker.node, docker.folder.path().into(), docker.runtime.clone()).await;
    let config = |value: &str| json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "conf", "namespace": "default"}, "data": {"k": value}});
    node.put(config("one"));
    let script = "set -e; test \"$A\" = one; test \"$B\" = web-one; test \"$(cat /c/k)\" = one; test \"$(stat -Lc %a /c/k)\" = 640; \
                  grep -q tmpfs /proc/mounts; echo x > /m/x; test \"$(stat -c %a /e)\" = 777; \
                  touch /e/checked; until test \"$(cat /c/k)\" = two; do sleep 0.1; done; touch /tmp/ready; while true; do sleep 0.1; done";
    let mut app = container("web", script);
    app["env"] = json!([
        {"name": "A", "valueFrom": {"configMapKeyRef": {"name": "conf", "key": "k"}}},
        {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"name": "B", "value": "$(POD)-$(A)"},
    ]);
    app["volumeMounts"] = json!([
        {"name": "c", "mountPath": "/c"}, {"name": "m", "mountPath": "/m"}, {"name": "e", "mountPath": "/e"},
    ]);
    app["readinessProbe"] = json!({"exec": {"command": ["cat", "/tmp/ready"]}, "periodSeconds": 1});
    node.put(node.manifest(
        "web",
        json!({
            "containers": [app],
            "volumes": [
                {"name": "c", "configMap": {"name": "conf", "defaultMode": 0o640}},
                {"name": "m", "emptyDir": {"medium": "Memory"}},
                {"name": "e", "emptyDir": {}},
            ],
        }),
    ));
    let running = |pod: &Value| pod["status"]["containerStatuses"][0]["state"]["running"].is_object();
    let pod = node.until("web", "a running container", running).await;
    assert!(!is_ready(&pod), "its probe cannot pass yet");
    let checked = node.folder.join("pods").join(format!("{}-web", docker.node)).join("volumes/e/checked");
    node.eventually("the container has seen the first value", || checked.exists()).await;
    node.put(config("two"));
    let pod = node.until("web", "a ready pod after the change of its ConfigMap", is_ready).await;
    assert_eq!(pod["status"]["containerStatuses"][0]["restartCount"], 0);
    node.client.with(|cluster| cluster.delete(&Key::new("pods", "default", "web")).unwrap());
    let pods = node.folder.join("pods");
    let gone = async {
        while std::fs::read_dir(&pods).is_ok_and(|mut entries| entries.next().is_some()) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.expect("its folder and mounts go");
    node.halt().await;
}
