//! The tour of the README, as a newcomer takes it.

use super::Cluster;

#[test]
fn the_guestbook_runs_updates_and_goes() {
    let mut cluster = Cluster::up(&[]);
    cluster.kubectl("apply -f manifests/examples/guestbook/");
    cluster.kubectl("-n guestbook rollout status deployment/frontend --timeout=60s");
    cluster.eventually("both backends are ready", |cluster| {
        cluster.kubectl("-n guestbook get rc backend -o jsonpath={.status.readyReplicas}") == "2"
    });
    a_node_port_answers(&mut cluster);
    a_pod_finds_a_service_by_name_and_by_address(&mut cluster);
    a_deleted_pod_is_replaced(&mut cluster);
    logs_and_exec_reach_the_container(&cluster);
    an_update_loses_no_request(&mut cluster);
    assert!(!containers(&cluster).is_empty());
    cluster.kubectl("delete namespace guestbook --timeout=60s");
    cluster.eventually("no container and no rule is left", |cluster| {
        containers(cluster).is_empty() && !rules(cluster).contains("guestbook")
    });
    cluster.stop();
}

fn containers(cluster: &Cluster) -> Vec<u8> {
    // Another cluster of this machine may have a guestbook too.
    let node = format!("label=io.kontiki.node={}", cluster.node());
    let filters = ["--filter", "label=io.kontiki.pod.namespace=guestbook", "--filter", &node];
    cluster.inside("docker").args(["ps", "-aq"]).args(filters).output().unwrap().stdout
}

fn rules(cluster: &Cluster) -> String {
    let output = cluster.inside("nft").args(["list", "table", "ip", "kontiki"]).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn fetch(cluster: &Cluster, url: &str) -> Option<String> {
    let output = cluster.inside("curl").args(["-sf", "--max-time", "3", url]).output().unwrap();
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn node_ip(cluster: &Cluster) -> String {
    cluster.kubectl("get nodes -o jsonpath={.items[0].status.addresses[0].address}")
}

fn a_node_port_answers(cluster: &mut Cluster) {
    let url = format!("http://{}:30080/", node_ip(cluster));
    cluster.eventually("the node port answers", |cluster| {
        fetch(cluster, &url).is_some_and(|page| page.contains("message:   Welcome aboard"))
    });
}

fn frontends(cluster: &Cluster) -> Vec<String> {
    let names = cluster.kubectl("-n guestbook get pods -l tier=frontend -o jsonpath={.items[*].metadata.name}");
    names.split_whitespace().map(String::from).collect()
}

fn a_pod_finds_a_service_by_name_and_by_address(cluster: &mut Cluster) {
    let pod = frontends(cluster).remove(0);
    let address = cluster.kubectl("-n guestbook get service backend -o jsonpath={.spec.clusterIP}");
    for host in ["backend", "backend.guestbook.svc.cluster.local", &address] {
        let command = format!("-n guestbook exec {pod} -- wget -qO- -T 3 http://{host}:6379/hostname");
        cluster.eventually(&command, |cluster| {
            let output = cluster.try_kubectl(&command);
            output.status.success() && String::from_utf8_lossy(&output.stdout).starts_with("backend-")
        });
    }
}

fn a_deleted_pod_is_replaced(cluster: &mut Cluster) {
    let gone = frontends(cluster).remove(0);
    cluster.kubectl(&format!("-n guestbook delete pod {gone} --wait=false"));
    cluster.eventually("another pod is ready", |cluster| {
        let ready = cluster.kubectl("-n guestbook get deployment frontend -o jsonpath={.status.readyReplicas}");
        ready == "3" && !frontends(cluster).contains(&gone)
    });
}

fn logs_and_exec_reach_the_container(cluster: &Cluster) {
    let pod = frontends(cluster).remove(0);
    assert!(cluster.kubectl(&format!("-n guestbook logs {pod}")).contains("demo: listening on port 8080"));
    let file = cluster.kubectl(&format!("-n guestbook exec {pod} -- cat /etc/guestbook/greeting.txt"));
    assert_eq!(file, "This file is a ConfigMap.\n");
    let failed = cluster.kubectl_words(&["-n", "guestbook", "exec", &pod, "--", "sh", "-c", "exit 7"]);
    assert_eq!(failed.status.code(), Some(7), "{}", String::from_utf8_lossy(&failed.stderr));
}

fn an_update_loses_no_request(cluster: &mut Cluster) {
    let url = format!("http://{}:30080/hostname", node_ip(cluster));
    let script = format!(
        "n=0; bad=0; while [ $n -lt 400 ]; do n=$((n+1)); curl -sf --max-time 5 {url} >/dev/null || bad=$((bad+1)); sleep 0.02; done; echo $bad"
    );
    let load = cluster.inside("sh").args(["-c", &script]).stdout(std::process::Stdio::piped()).spawn().unwrap();
    cluster.kubectl("-n guestbook set env deployment/frontend VERSION=2");
    cluster.kubectl("-n guestbook rollout status deployment/frontend --timeout=60s");
    let output = load.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "0", "requests failed during the update");
    cluster.kubectl("-n guestbook rollout undo deployment/frontend");
    cluster.kubectl("-n guestbook rollout status deployment/frontend --timeout=60s");
}
