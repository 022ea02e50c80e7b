//! SIGKILL at any moment: nothing acknowledged is lost, nothing is left behind.

use std::collections::BTreeSet;
use std::process::{Child, Stdio};
use std::time::Duration;

use super::Cluster;

/// How often the process is killed.
const KILLS: u64 = 50;

/// Creates ConfigMaps without end and writes down each that was acknowledged; every tenth request
/// scales the Deployment, so that containers come and go at the moment of the kill.
const WRITER: &str = r#"
n=0
while :; do
  n=$((n+1)); name="c-$ROUND-$n"
  call() { curl -sf --max-time 5 --cacert "$PKI/ca.crt" --cert "$PKI/admin.crt" --key "$PKI/admin.key" "$@" >/dev/null; }
  call -X POST -H 'Content-Type: application/json' "https://127.0.0.1:6443/api/v1/namespaces/crash/configmaps" \
    -d "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"$name\"}}" && echo "$name" >> "$ACKED"
  if [ $((n % 10)) = 0 ]; then
    call -X PATCH -H 'Content-Type: application/merge-patch+json' "https://127.0.0.1:6443/apis/apps/v1/namespaces/crash/deployments/web/scale" \
      -d "{\"spec\":{\"replicas\":$((n / 10 % 4))}}"
  fi
done
"#;

const DEPLOYMENT: &str = "tests/node/crash.yaml";

fn writer(cluster: &Cluster, round: u64) -> Child {
    let mut command = cluster.inside("sh");
    command.args(["-c", WRITER]).env("ROUND", round.to_string()).env("PKI", cluster.data().join("pki"));
    command.env("ACKED", cluster.data().join("acked")).stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// A moment between 0.2 s and 1.4 s, different in every round and the same in every run.
fn moment(round: u64) -> Duration {
    Duration::from_millis(200 + round.wrapping_mul(0x9e37_79b9) % 1200)
}

#[test]
fn fifty_kills_lose_nothing_and_leave_nothing() {
    let mut cluster = Cluster::up(&[]);
    cluster.kubectl(&format!("apply -f {DEPLOYMENT}"));
    for round in 0..KILLS {
        let mut load = writer(&cluster, round);
        std::thread::park_timeout(moment(round));
        cluster.kill();
        let _ = load.kill();
        let _ = load.wait();
        cluster.start();
    }
    let acknowledged = std::fs::read_to_string(cluster.data().join("acked")).unwrap();
    let acknowledged: BTreeSet<&str> = acknowledged.lines().collect();
    let there = cluster.kubectl("-n crash get configmaps -o name");
    let there: BTreeSet<&str> = there.lines().filter_map(|line| line.strip_prefix("configmap/")).collect();
    let lost: Vec<&&str> = acknowledged.difference(&there).collect();
    assert!(lost.is_empty(), "{} of {} acknowledged writes are lost: {lost:?}", lost.len(), acknowledged.len());
    assert!(acknowledged.len() > KILLS as usize, "the load wrote something in most rounds: {}", acknowledged.len());

    cluster.kubectl("-n crash scale deployment/web --replicas=2");
    cluster.kubectl("-n crash rollout status deployment/web --timeout=60s");
    cluster.eventually("two pods, each with a sandbox and a container", |cluster| containers(cluster, "crash").len() == 4);
    cluster.kubectl("delete namespace crash --timeout=60s");
    nothing_is_left(&mut cluster);
}

fn containers(cluster: &Cluster, namespace: &str) -> Vec<String> {
    let node = format!("label=io.kontiki.node={}", cluster.node());
    let namespace = format!("label=io.kontiki.pod.namespace={namespace}");
    let output = cluster.inside("docker").args(["ps", "-aq", "--filter", &node, "--filter", &namespace]).output().unwrap();
    assert!(output.status.success(), "docker ps: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).split_whitespace().map(String::from).collect()
}

fn nothing_is_left(cluster: &mut Cluster) {
    cluster.eventually("no container is left", |cluster| containers(cluster, "crash").is_empty());
    cluster.eventually("no link of a pod is left", |cluster| {
        let links = cluster.inside("ip").args(["-o", "link", "show", "type", "veth"]).output().unwrap();
        links.stdout.is_empty()
    });
    cluster.eventually("no rule is left", |cluster| {
        let rules = cluster.inside("nft").args(["list", "table", "ip", "kontiki"]).output().unwrap();
        !String::from_utf8_lossy(&rules.stdout).contains("crash")
    });
    let data = cluster.data().to_string_lossy().into_owned();
    cluster.eventually("no mount and no pod folder is left", |cluster| {
        let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap();
        let folders = std::fs::read_dir(cluster.data().join("pods")).map_or(0, Iterator::count);
        !mounts.contains(&data) && folders == 0
    });
}
