//! Docker that is not there, comes, goes and comes back.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::Cluster;

const DOCKER: &str = "/var/run/docker.sock";
/// Longest start without Docker, milliseconds: far above the usual, far below any time-out.
const START_MS: f64 = 3000.0;

/// Docker's socket under another path, as long as the value lives.
struct Relay {
    path: PathBuf,
    open: Arc<Mutex<Option<Vec<UnixStream>>>>,
}

impl Relay {
    fn new(path: &Path) -> Self {
        let listener = UnixListener::bind(path).unwrap();
        let open = Arc::new(Mutex::new(Some(Vec::new())));
        let connections = Arc::clone(&open);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let docker = UnixStream::connect(DOCKER).unwrap();
                match connections.lock().unwrap().as_mut() {
                    Some(open) => open.extend([client.try_clone().unwrap(), docker.try_clone().unwrap()]),
                    None => return,
                }
                carry(client.try_clone().unwrap(), docker.try_clone().unwrap());
                carry(docker, client);
            }
        });
        Self { path: path.into(), open }
    }
}

fn carry(mut from: UnixStream, mut to: UnixStream) {
    std::thread::spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            if to.write_all(&buffer[..length]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(std::net::Shutdown::Write);
    });
}

impl Drop for Relay {
    fn drop(&mut self) {
        for stream in self.open.lock().unwrap().take().unwrap_or_default() {
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
        // Wakes the listener, which then sees that it is over.
        let _ = UnixStream::connect(&self.path);
        let _ = std::fs::remove_file(&self.path);
    }
}

fn condition(cluster: &Cluster, field: &str) -> String {
    cluster.kubectl(&format!("get nodes -o jsonpath={{.items[0].status.conditions[?(@.type==\"Ready\")].{field}}}"))
}

fn container_id(cluster: &Cluster) -> String {
    cluster.kubectl("get pod web -o jsonpath={.status.containerStatuses[0].containerID}")
}

fn complaints(cluster: &Cluster) -> usize {
    cluster.log().matches("Docker does not answer").count() + cluster.log().matches("Docker closed its event stream").count()
}

#[test]
fn a_missing_docker_is_said_once_and_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("docker.sock");
    let mut cluster = Cluster::up(&["--docker-host", &format!("unix://{}", socket.display())]);
    cluster.eventually("the start is told", |cluster| cluster.log().contains("ready after"));
    let log = cluster.log();
    let ready: f64 = log.split("ready after ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!(ready < START_MS, "ready after {ready} ms");
    cluster.eventually("the node says what is missing", |cluster| {
        condition(cluster, "status") == "False" && condition(cluster, "message").contains(&*socket.to_string_lossy())
    });
    cluster.kubectl("run web --image=kontiki/demo:1 --restart=Always");
    assert_eq!(complaints(&cluster), 1, "one clear message:\n{}", cluster.log());
    let engines = cluster.kubectl("get --raw /debug/reconcilers");
    for name in ["deployment", "scheduler", "kubelet", "node-status", "proxy", "dns"] {
        assert!(engines.contains(&format!("\"name\":\"{name}\"")), "the page lacks {name}: {engines}");
    }

    let relay = Relay::new(&socket);
    cluster.eventually("the node is ready", |cluster| condition(cluster, "status") == "True");
    cluster.kubectl("wait --for=condition=Ready pod/web --timeout=60s");
    let before = container_id(&cluster);
    drop(relay);
    cluster.eventually("the node is not ready again", |cluster| condition(cluster, "status") == "False");
    assert_eq!(cluster.kubectl("get pod web -o name").trim(), "pod/web", "the API answers");

    let _relay = Relay::new(&socket);
    cluster.eventually("the node is ready again", |cluster| condition(cluster, "status") == "True");
    assert_eq!(container_id(&cluster), before, "the container went on");
    cluster.eventually("its turns are told", |cluster| {
        let told = cluster.kubectl("get events -o jsonpath={.items[*].reason} --field-selector involvedObject.kind=Node");
        ["Starting", "NodeReady", "NodeNotReady"].iter().all(|reason| told.split(' ').any(|word| word == *reason))
    });
    assert_eq!(complaints(&cluster), 2, "one message for each time:\n{}", cluster.log());
    cluster.kubectl("delete pod web --grace-period=1");
    cluster.stop();
}
