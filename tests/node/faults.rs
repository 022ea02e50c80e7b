//! What dies comes back, as upstream brings it back.

use super::{Cluster, Kubectl};

const BACKEND: &str = "-n guestbook get pods -l tier=backend -o jsonpath=";

/// The running Docker container of this name in the first backend.
fn container(cluster: &Cluster, pod: &str, name: &str) -> String {
    let filter = format!("name=k8s_{name}_{pod}_");
    let output = cluster.inside("docker").args(["ps", "-q", "--no-trunc", "--filter", &filter]).output().unwrap();
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

fn kill(cluster: &mut Cluster, pod: &str, name: &str) {
    cluster.eventually("the container runs", |cluster| !container(cluster, pod, name).is_empty());
    let id = container(cluster, pod, name);
    let killed = cluster.inside("docker").args(["kill", &id]).output().unwrap();
    assert!(killed.status.success(), "docker kill {id}: {}", String::from_utf8_lossy(&killed.stderr));
}

fn field(cluster: &Cluster, pod: &str, path: &str) -> String {
    cluster.kubectl(&format!("-n guestbook get pod {pod} -o jsonpath={{{path}}}"))
}

fn restarts(cluster: &mut Cluster, pod: &str, count: &str) {
    cluster.eventually(&format!("{count} restarts, ready again"), |cluster| {
        field(cluster, pod, ".status.containerStatuses[0].restartCount") == count
            && field(cluster, pod, ".status.containerStatuses[0].ready") == "true"
    });
}

fn events(cluster: &Cluster, pod: &str, reason: &str) -> String {
    let selector = format!("involvedObject.name={pod},reason={reason}");
    cluster.kubectl(&format!("-n guestbook get events --field-selector {selector} -o jsonpath={{.items[*].count}}"))
}

#[test]
fn killed_containers_and_sandboxes_come_back() {
    let mut cluster = Cluster::up(&[]);
    cluster.kubectl("apply -f manifests/examples/guestbook/00-namespace.yaml -f manifests/examples/guestbook/backend.yaml");
    let ready = "{.items[?(@.status.containerStatuses[0].ready==true)].metadata.name}";
    cluster.eventually("a backend is ready", |cluster| !cluster.kubectl(&format!("{BACKEND}{ready}")).is_empty());
    let pod = cluster.kubectl(&format!("{BACKEND}{ready}")).split(' ').next().unwrap().to_owned();
    let uid = field(&cluster, &pod, ".metadata.uid");
    assert_eq!(events(&cluster, &pod, "SandboxChanged"), "", "the first sandbox is the only one");

    a_killed_container_is_restarted_and_the_second_time_after_a_while(&mut cluster, &pod);
    a_killed_sandbox_is_replaced_under_the_same_pod(&mut cluster, &pod);
    assert_eq!(field(&cluster, &pod, ".metadata.uid"), uid, "the pod is still the same");

    let log = cluster.shell(Kubectl::Unmodified, &format!("kubectl -n guestbook logs --previous {pod}"));
    assert!(String::from_utf8_lossy(&log.stdout).contains("demo: listening"), "{}", String::from_utf8_lossy(&log.stderr));
}

fn a_killed_container_is_restarted_and_the_second_time_after_a_while(cluster: &mut Cluster, pod: &str) {
    kill(cluster, pod, "store");
    restarts(cluster, pod, "1");
    assert_eq!(field(cluster, pod, ".status.containerStatuses[0].lastState.terminated.exitCode"), "137");
    kill(cluster, pod, "store");
    cluster.eventually("the second restart waits", |cluster| {
        field(cluster, pod, ".status.containerStatuses[0].state.waiting.reason") == "CrashLoopBackOff"
    });
    restarts(cluster, pod, "2");
    assert!(!events(cluster, pod, "BackOff").is_empty(), "the wait is told");
}

fn a_killed_sandbox_is_replaced_under_the_same_pod(cluster: &mut Cluster, pod: &str) {
    let before = container(cluster, pod, "POD");
    kill(cluster, pod, "POD");
    cluster.eventually("another sandbox runs", |cluster| {
        let now = container(cluster, pod, "POD");
        !now.is_empty() && now != before
    });
    restarts(cluster, pod, "3");
    assert_eq!(events(cluster, pod, "SandboxChanged"), "1", "replaced once, and told");
    let address = field(cluster, pod, ".status.podIP");
    let page =
        cluster.inside("curl").args(["-sf", "--max-time", "5", &format!("http://{address}:6379/hostname")]).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&page.stdout).trim(), pod, "the new sandbox is reached");
}
