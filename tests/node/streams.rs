//! Exec, attach and port-forward with unmodified kubectls: one that speaks SPDY and one that speaks WebSocket.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::Cluster;

/// The kubectls at hand, by minor version: of 1.27 to 1.30, which speak SPDY, and newer ones, the first each.
fn kubectls() -> Vec<PathBuf> {
    let found = Command::new("sh").args(["-c", "readlink -f \"$(command -v kubectl)\""]).output().unwrap();
    let plain = PathBuf::from(String::from_utf8_lossy(&found.stdout).trim());
    let beside = |minors: std::ops::Range<u32>| {
        let folder = plain.parent().unwrap().to_owned();
        let mut paths = { minors }.map(move |minor| folder.join(format!("kubectl.1.{minor}")));
        paths.find(|path| path.exists())
    };
    let newest = PathBuf::from(super::cluster::kubectl_path());
    [beside(27..31), Some(newest)].into_iter().flatten().collect()
}

/// Runs one kubectl with `input`; answers its exit code and what it printed.
fn run(cluster: &Cluster, kubectl: &Path, arguments: &[&str], input: &str) -> (Option<i32>, String) {
    let mut command = cluster.inside(&kubectl.to_string_lossy());
    command.arg("--kubeconfig").arg(cluster.data().join("admin.kubeconfig")).args(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
}

#[test]
fn old_and_new_kubectls_exec_attach_and_forward_ports() {
    let mut cluster = Cluster::up(&[]);
    cluster.kubectl("run web --image=kontiki/demo:1 --port=8080");
    cluster.kubectl("run loud --image=kontiki/demo:1 --stdin --leave-stdin-open --command -- sh -c cat");
    cluster.kubectl("wait --for=condition=Ready pod/web pod/loud --timeout=60s");
    let kubectls = kubectls();
    for (at, kubectl) in kubectls.iter().enumerate() {
        execs(&cluster, kubectl);
        let (code, shown) = run(&cluster, kubectl, &["exec", "-i", "loud", "--", "sh", "-c", "cat; exit 5"], "typed\n");
        assert_eq!(code, Some(5), "{kubectl:?}: {shown}");
        assert!(shown.contains("typed"), "{kubectl:?}: {shown}");
        forwards(&mut cluster, kubectl, 18_080 + at);
        attaches(&mut cluster, kubectl);
    }
    proxies(&mut cluster);
    cluster.kubectl("delete pod web loud --grace-period=1");
    cluster.stop();
}

fn execs(cluster: &Cluster, kubectl: &Path) {
    let (code, shown) = run(cluster, kubectl, &["exec", "web", "--", "sh", "-c", "echo out; echo err >&2; exit 3"], "");
    assert_eq!(code, Some(3), "{kubectl:?}: {shown}");
    assert!(shown.contains("out\n") && shown.contains("err\n"), "{kubectl:?}: {shown}");
}

fn forwards(cluster: &mut Cluster, kubectl: &Path, port: usize) {
    let mut forward = cluster.inside(&kubectl.to_string_lossy());
    forward.arg("--kubeconfig").arg(cluster.data().join("admin.kubeconfig"));
    let ports = format!("{port}:8080");
    let mut forward = forward.args(["port-forward", "pod/web", &ports]).stdout(Stdio::null()).spawn().unwrap();
    let url = format!("http://127.0.0.1:{port}/");
    cluster.eventually("the port is forwarded", |cluster| {
        let output = cluster.inside("curl").args(["-s", "--max-time", "5", &url]).output().unwrap();
        String::from_utf8_lossy(&output.stdout).contains("web")
    });
    for _ in 0..20 {
        let output = cluster.inside("curl").args(["-sS", "--max-time", "10", &url]).output().unwrap();
        assert!(String::from_utf8_lossy(&output.stdout).contains("web"), "{kubectl:?}: {output:?}");
    }
    forward.kill().unwrap();
    forward.wait().unwrap();
}

fn attaches(cluster: &mut Cluster, kubectl: &Path) {
    let mut attach = cluster.inside(&kubectl.to_string_lossy());
    attach.arg("--kubeconfig").arg(cluster.data().join("admin.kubeconfig")).args(["attach", "-i", "loud"]);
    let shown = cluster.data().join("attached");
    let mut attach = attach.stdin(Stdio::piped()).stdout(std::fs::File::create(&shown).unwrap()).spawn().unwrap();
    let mut input = attach.stdin.take().unwrap();
    cluster.eventually("what is typed comes back", |_| {
        writeln!(input, "attached").unwrap();
        std::fs::read_to_string(&shown).unwrap().contains("attached")
    });
    attach.kill().unwrap();
    attach.wait().unwrap();
}

/// `kubectl proxy` and curl: pods, services and nodes below their `proxy` subresource.
fn proxies(cluster: &mut Cluster) {
    cluster.kubectl("expose pod web --port=80 --target-port=8080");
    let mut proxy = cluster.inside(&super::cluster::kubectl_path());
    proxy.arg("--kubeconfig").arg(cluster.data().join("admin.kubeconfig"));
    let mut proxy = proxy.args(["proxy", "--port=18001"]).stdout(Stdio::null()).spawn().unwrap();
    let node = cluster.kubectl("get nodes -o jsonpath={.items[0].metadata.name}");
    let shown = |cluster: &Cluster, path: &str, arguments: &[&str]| {
        let url = format!("http://127.0.0.1:18001/api/v1/{path}");
        let output = cluster.inside("curl").args(["-s", "--max-time", "10"]).args(arguments).arg(url).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    cluster.eventually("the service is proxied", |cluster| {
        shown(cluster, "namespaces/default/services/web:80/proxy/", &[]).contains("web")
    });
    assert!(shown(cluster, "namespaces/default/pods/web/proxy/", &[]).contains("web"));
    assert!(shown(cluster, "namespaces/default/pods/http:web:8080/proxy/", &["-X", "OPTIONS"]).contains("web"));
    assert_eq!(shown(cluster, &format!("nodes/{node}/proxy/healthz"), &[]), "ok");
    let moved = shown(cluster, "namespaces/default/pods/web/proxy", &["-o", "/dev/null", "-w", "%{http_code} %{redirect_url}"]);
    assert_eq!(moved, "301 http://127.0.0.1:18001/api/v1/namespaces/default/pods/web/proxy/");
    proxy.kill().unwrap();
    proxy.wait().unwrap();
}
