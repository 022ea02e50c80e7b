//! What pods may ask for, one pod each, all at once on one node with Docker.

use std::process::Command;

use serde_json::{Value, json};

use super::docker::TestDocker;
use super::images::BUSYBOX;
use super::network::TestBridge;
use super::pods::{Node, container, is_ready};

/// The node's bridge.
const BRIDGE: &str = "kttest2";

/// A container whose script must pass; where it fails, its termination message is the trace.
fn checks(script: &str) -> Value {
    container("c", &format!("exec 2>/dev/termination-log; set -ex; {script}"))
}

/// A pod of one such container and further fields, which runs once.
fn once(node: &Node, name: &str, container: Value, more: Value) -> Value {
    let mut spec = json!({"restartPolicy": "Never", "containers": [container]});
    spec.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    node.manifest(name, spec)
}

fn with(mut container: Value, fields: Value) -> Value {
    container.as_object_mut().unwrap().extend(fields.as_object().cloned().unwrap());
    container
}

fn status(pod: &Value, at: &str) -> Value {
    pod["status"].pointer(at).cloned().unwrap_or_default()
}

/// Waits for the end of these pods and demands that all succeeded; the message of one that did not is its trace.
async fn all_pass(node: &Node, names: &[&str]) {
    let mut failed = String::new();
    for name in names {
        let ended = |pod: &Value| matches!(pod["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
        let pod = node.until(name, "the end of its checks", ended).await;
        if pod["status"]["phase"] != "Succeeded" {
            let trace = status(&pod, "/containerStatuses/0/state/terminated/message");
            failed += &format!("{name}:\n{}\n", trace.as_str().unwrap_or(&pod["status"].to_string()));
        }
    }
    assert!(failed.is_empty(), "{failed}");
}

fn common_objects(node: &Node) {
    let object = |kind: &str, name: &str, more: Value| {
        let mut object = json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "default"}});
        object.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        node.put(object);
    };
    object("ConfigMap", "conf", json!({"data": {"a": "1", "b": "2"}, "binaryData": {"bin": "AAE="}}));
    object("Secret", "secret", json!({"data": {"password": "aHVzaA=="}}));
    object("Service", "web-app", json!({"spec": {"clusterIP": "10.96.0.7", "ports": [{"name": "http", "port": 80}]}}));
}

fn environment(node: &Node) {
    let script = r#"
        test "$NAME/$SPACE/$NODE" = "environment/default/$EXPECTED"; test "$LABEL-$NOTE" = "x-y"; test "$HOST" = 127.0.0.1
        case "$IP" in 10.99.7.*) ;; *) exit 1;; esac
        test "$CPU-$MEMORY-$REQUEST" = "1500-64-1"; test "$C_a$C_b" = 12; test "$PASSWORD" = hush; test "$BOTH" = '12 $$(C_a) $(NONE)'
        test "$WEB_APP_SERVICE_HOST:$WEB_APP_SERVICE_PORT" = 10.96.0.7:80; test "$WEB_APP_PORT_80_TCP" = tcp://10.96.0.7:80
        test "$HOSTNAME" = environment; test "$(hostname)" = environment"#;
    let field = |name: &str, path: &str| json!({"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}});
    let resource = |name: &str, resource: &str, divisor: &str| json!({"name": name, "valueFrom": {"resourceFieldRef": {"resource": resource, "divisor": divisor}}});
    let checks = with(
        checks(script),
        json!({
            "envFrom": [{"prefix": "C_", "configMapRef": {"name": "conf"}}],
            "env": [
                field("NAME", "metadata.name"), field("SPACE", "metadata.namespace"), field("NODE", "spec.nodeName"),
                field("LABEL", "metadata.labels['l']"), field("NOTE", "metadata.annotations['n']"),
                field("IP", "status.podIP"), field("HOST", "status.hostIP"),
                resource("CPU", "limits.cpu", "1m"), resource("MEMORY", "limits.memory", "1Mi"), resource("REQUEST", "requests.cpu", "1"),
                {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "secret", "key": "password"}}},
                {"name": "BOTH", "value": "$(C_a)$(C_b) $$(C_a) $(NONE)"},
                {"name": "EXPECTED", "value": node.name()},
            ],
            "resources": {"limits": {"cpu": "1500m", "memory": "64Mi"}, "requests": {"cpu": "100m"}},
        }),
    );
    let mut pod = once(node, "environment", checks, json!({}));
    pod["metadata"]["labels"] = json!({"l": "x"});
    pod["metadata"]["annotations"] = json!({"n": "y"});
    node.put(pod);
}

fn volumes(node: &Node) {
    let host = node.folder().join("host");
    let script = r#"
        test "$(cat /one)" = 1; test "$(cat /all/a)/$(cat /all/password)/$(cat /all/name)" = 1/hush/volumes
        test "$(stat -Lc %a /all/password)" = 400; test "$(stat -Lc %a /all/a)" = 644; test "$(wc -c < /all/bin)" = 2
        echo x > /sub/file; test "$(cat /whole/deep/er/file)" = x; test -d /whole/volumes; echo made > /host/dir/made; test -f /host-file
        test "$(stat -c %a /whole)" = 777; grep -q ' /memory tmpfs ' /proc/mounts"#;
    let mount = |name: &str, path: &str| json!({"name": name, "mountPath": path});
    let checks = with(
        checks(script),
        json!({
            "env": [{"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}}],
            "volumeMounts": [
                {"name": "conf", "mountPath": "/one", "subPath": "a"}, mount("all", "/all"), mount("whole", "/whole"), mount("memory", "/memory"),
                {"name": "whole", "mountPath": "/sub", "subPath": "deep/er"}, {"name": "whole", "mountPath": "/own", "subPathExpr": "$(POD)"},
                mount("host", "/host/dir"), mount("host-file", "/host-file"),
            ],
        }),
    );
    let sources = json!([
        {"configMap": {"name": "conf"}},
        {"secret": {"name": "secret", "items": [{"key": "password", "path": "password", "mode": 0o400}]}},
        {"downwardAPI": {"items": [{"path": "name", "fieldRef": {"fieldPath": "metadata.name"}}]}},
    ]);
    let volumes = json!({"volumes": [
        {"name": "conf", "configMap": {"name": "conf"}}, {"name": "all", "projected": {"sources": sources}},
        {"name": "whole", "emptyDir": {}}, {"name": "memory", "emptyDir": {"medium": "Memory"}},
        {"name": "host", "hostPath": {"path": host.join("dir"), "type": "DirectoryOrCreate"}},
        {"name": "host-file", "hostPath": {"path": host.join("dir/file"), "type": "FileOrCreate"}},
    ]});
    node.put(once(node, "volumes", checks, volumes));
}

fn security(node: &Node) {
    let mounts = json!({"volumeMounts": [{"name": "v", "mountPath": "/v"}, {"name": "c", "mountPath": "/c"}]});
    let volumes = json!([{"name": "v", "emptyDir": {}}, {"name": "c", "configMap": {"name": "conf", "defaultMode": 0o440}}]);
    let script = r#"
        test "$(id -u):$(id -g)" = 1000:3000; id -G | grep -qw 2000; touch /v/x; test "$(stat -c %g /v/x)" = 2000; test "$(cat /c/a)" = 1
        if touch /tmp/x; then exit 1; fi
        grep -q 'CapEff:.0000000000000000' /proc/self/status; grep -q 'NoNewPrivs:.1' /proc/self/status; grep -q 'Seccomp:.2' /proc/self/status"#;
    let own = json!({"securityContext": {
        "runAsUser": 1000, "readOnlyRootFilesystem": true, "allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]},
    }});
    let of_pod = json!({"securityContext": {"runAsUser": 1, "runAsGroup": 3000, "fsGroup": 2000}, "volumes": volumes});
    node.put(once(node, "confined", with(with(checks(script), mounts), own), of_pod));
    let script = "grep -q 'Seccomp:.0' /proc/self/status; ip link add kttest-dummy type bridge; ip link del kttest-dummy";
    let own = json!({"securityContext": {"capabilities": {"add": ["NET_ADMIN"]}, "seccompProfile": {"type": "Unconfined"}}});
    node.put(once(node, "unconfined", with(checks(script), own), json!({})));
    let own = json!({"securityContext": {"runAsNonRoot": true}});
    node.put(once(node, "root", with(checks("true"), own), json!({})));
}

fn namespaces(node: &Node) {
    let script = r#"
        head -n1 /etc/hosts | grep -q '^# Kubernetes-managed hosts file.$'; grep -q "^192.0.2.7.one.two$" /etc/hosts; grep -q "10.99.7.*own.sub.default.svc.cluster.local.own" /etc/hosts
        grep -q 'search default.svc.cluster.local svc.cluster.local cluster.local extra' /etc/resolv.conf; grep -q 'options ndots:2' /etc/resolv.conf
        grep -q 'nameserver 10.96.0.10' /etc/resolv.conf; test "$(hostname)" = own; test $$$$ = 1; ping -c1 -W5 10.99.7.1"#;
    let own = json!({
        "hostname": "own", "subdomain": "sub", "hostAliases": [{"ip": "192.0.2.7", "hostnames": ["one", "two"]}],
        "dnsConfig": {"searches": ["extra"], "options": [{"name": "ndots", "value": "2"}]},
    });
    node.put(once(node, "own", checks(script), own));
    let script = format!("grep -q {BRIDGE} /proc/net/dev; head -n1 /etc/hosts | grep -q '(host network)'; test $$$$ -gt 50");
    node.put(once(node, "host", checks(&script), json!({"hostNetwork": true, "hostPID": true})));
}

fn limits(node: &Node) {
    let script = r#"
        if test -f /sys/fs/cgroup/memory.max; then test "$(cat /sys/fs/cgroup/memory.max)" = 33554432; test "$(cat /sys/fs/cgroup/cpu.max)" = "20000 100000"
        else test "$(cat /sys/fs/cgroup/memory/memory.limit_in_bytes)" = 33554432; test "$(cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us)" = 20000; test "$(cat /sys/fs/cgroup/cpu/cpu.shares)" = 102; fi"#;
    let resources = json!({"resources": {"limits": {"cpu": "200m", "memory": "32Mi"}, "requests": {"cpu": "100m"}}});
    node.put(once(node, "limits", with(checks(script), resources), json!({})));
    // The shell outlives what the kernel kills, so that Docker has been told why before the container ends.
    let script = "tail /dev/zero; code=$?; sleep 2; exit $code";
    let greedy = with(container("c", script), json!({"resources": {"limits": {"memory": "16Mi"}}}));
    node.put(once(node, "greedy", greedy, json!({})));
}

fn init_containers(node: &Node) {
    let mounts = json!({"volumeMounts": [{"name": "v", "mountPath": "/v"}]});
    let own = |name: &str, script: &str| with(container(name, script), mounts.clone());
    let sidecar = with(
        own("side", "touch /v/side; trap 'exit 0' TERM; while true; do sleep 0.1; done"),
        json!({"restartPolicy": "Always", "startupProbe": {"exec": {"command": ["cat", "/v/side"]}, "periodSeconds": 1}}),
    );
    let spec = json!({
        "initContainers": [own("first", "test ! -e /v/a && touch /v/a"), sidecar, own("second", "test -e /v/a && test -e /v/side && touch /v/b")],
        "volumes": [{"name": "v", "emptyDir": {}}],
    });
    node.put(once(node, "ordered", with(checks("test -e /v/b"), mounts.clone()), spec));
    let spec = json!({"initContainers": [container("bad", "exit 1")]});
    node.put(once(node, "stillborn", checks("true"), spec));
    let spec = json!({
        "restartPolicy": "OnFailure", "volumes": [{"name": "v", "emptyDir": {}}],
        "initContainers": [own("flaky", "test -e /v/a || { touch /v/a; exit 1; }")],
    });
    node.put(once(node, "retried", checks("true"), spec));
}

fn failures(node: &Node) {
    node.put(once(node, "late", checks("sleep 1000"), json!({"activeDeadlineSeconds": 2})));
    let told = container("c", "echo told > /dev/termination-log; exit 3");
    node.put(once(node, "told", told, json!({})));
    let logged = with(container("c", "echo logged; exit 1"), json!({"terminationMessagePolicy": "FallbackToLogsOnError"}));
    node.put(once(node, "logged", logged, json!({})));
    let image = |name: &str, image: &str| node.put(once(node, name, with(checks("true"), json!({"image": image})), json!({})));
    image("unreachable", "127.0.0.1:1/none:1");
    image("misnamed", "Not A Name");
    let missing = json!({"volumes": [{"name": "v", "hostPath": {"path": "/nowhere/at/all", "type": "File"}}]});
    node.put(once(node, "unmounted", checks("true"), missing));
    node.put(once(node, "nothing", with(checks("true"), json!({"command": ["/no/such/program"]})), json!({})));
}

fn probes(node: &Node) {
    let serve = "mkdir /www; httpd -p 8080 -h /www; sleep 1; echo > /www/ok; while true; do sleep 0.1; done";
    let http = json!({
        "ports": [{"name": "web", "containerPort": 8080}],
        "startupProbe": {"httpGet": {"path": "/ok", "port": "web"}, "periodSeconds": 1, "failureThreshold": 30},
        "readinessProbe": {"tcpSocket": {"port": 8080}, "periodSeconds": 1},
        "livenessProbe": {"httpGet": {"path": "/ok", "port": 8080}, "periodSeconds": 1},
    });
    node.put(once(node, "probed", with(container("c", serve), http), json!({})));
    let sick = json!({"livenessProbe": {"exec": {"command": ["false"]}, "periodSeconds": 1, "failureThreshold": 1}});
    let spec = json!({"restartPolicy": "Always"});
    node.put(once(node, "sick", with(container("c", "trap 'exit 9' TERM; while true; do sleep 0.1; done"), sick), spec));
    let unready = json!({"readinessProbe": {"tcpSocket": {"port": 9}, "periodSeconds": 1, "failureThreshold": 1}});
    node.put(once(node, "unready", with(container("c", "while true; do sleep 0.1; done"), unready), json!({})));
}

fn hooks(node: &Node) {
    let exec = |script: &str| json!({"exec": {"command": ["/bin/sh", "-c", script]}});
    let hooked = with(
        container("c", "trap 'echo term >> /v/log; exit 0' TERM; while true; do sleep 0.1; done"),
        json!({
            "lifecycle": {"postStart": exec("sleep 1; echo post >> /v/log"), "preStop": exec("echo pre >> /v/log")},
            "volumeMounts": [{"name": "v", "mountPath": "/v"}],
        }),
    );
    let volume =
        json!({"volumes": [{"name": "v", "hostPath": {"path": node.folder().join("hooks"), "type": "DirectoryOrCreate"}}]});
    let mut pod = once(node, "hooked", hooked, volume);
    let refused = with(
        container("c", "trap 'exit 3' TERM; while true; do sleep 0.1; done"),
        json!({"lifecycle": {"postStart": exec("echo no; exit 1")}}),
    );
    node.put(once(node, "unhooked", refused, json!({})));
    // The cluster in memory knows no grace: a finalizer keeps the object while the pod ends.
    pod["metadata"]["finalizers"] = json!(["test/hold"]);
    node.put(pod);
}

fn updated(node: &Node, version: &str) {
    let script = r#"cat /d/labels; until grep -q 'v="2"' /d/labels; do sleep 0.1; done"#;
    let mounted = with(checks(script), json!({"volumeMounts": [{"name": "d", "mountPath": "/d"}]}));
    let files = json!([{"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}]);
    let mut pod = once(node, "updated", mounted, json!({"volumes": [{"name": "d", "downwardAPI": {"items": files}}]}));
    pod["metadata"]["labels"] = json!({"v": version});
    node.put(pod);
}

fn base(node: &Node) -> Value {
    let script = "trap 'exit 0' TERM; while true; do sleep 0.1; done";
    once(node, "base", container("c", script), json!({"restartPolicy": "Always"}))
}

async fn the_failed_say_why(node: &Node) {
    let failed = |pod: &Value| pod["status"]["phase"] == "Failed";
    let ended = "/containerStatuses/0/state/terminated";
    for (name, at, expected) in [
        ("greedy", "/containerStatuses/0/state/terminated/reason", "OOMKilled"),
        ("late", "/reason", "DeadlineExceeded"),
        ("stillborn", "/initContainerStatuses/0/state/terminated/reason", "Error"),
        ("told", "/containerStatuses/0/state/terminated/message", "told\n"),
        ("logged", "/containerStatuses/0/state/terminated/message", "logged\n"),
        ("nothing", "/containerStatuses/0/state/terminated/reason", "StartError"),
    ] {
        let pod = node.until(name, "its failure", failed).await;
        assert_eq!(status(&pod, at), expected, "{name}: {:#}", pod["status"]);
    }
    let pod = node.until("told", "its failure", failed).await;
    assert_eq!(status(&pod, ended)["exitCode"], 3);
    for (name, reason) in
        [("unreachable", "ImagePullBackOff"), ("misnamed", "InvalidImageName"), ("root", "CreateContainerConfigError")]
    {
        let waits = |pod: &Value| status(pod, "/containerStatuses/0/state/waiting/reason") == reason;
        let pod = node.until(name, reason, waits).await;
        assert_eq!(pod["status"]["phase"], "Pending", "{name}");
    }
    let pod = node.pod("unmounted");
    assert_eq!(status(&pod, "/containerStatuses/0/state/waiting/reason"), "ContainerCreating", "{:#}", pod["status"]);
}

async fn probes_decide(node: &Node) {
    let pod = node.until("probed", "a ready pod", is_ready).await;
    assert_eq!(status(&pod, "/containerStatuses/0/started"), true);
    assert_eq!(status(&pod, "/containerStatuses/0/restartCount"), 0, "it had its time to start");
    let restarted = |pod: &Value| status(pod, "/containerStatuses/0/restartCount").as_u64() >= Some(1);
    let pod = node.until("sick", "a restart", restarted).await;
    assert_eq!(status(&pod, "/containerStatuses/0/lastState/terminated/exitCode"), 9, "{:#}", pod["status"]);
    assert!(!is_ready(&node.pod("unready")), "nobody answers there");
}

/// `kubectl debug`: a container that joins a pod that runs, and sees the processes of its target.
async fn an_ephemeral_container_joins(node: &Node) {
    node.until("base", "a ready pod", is_ready).await;
    let script = "tr '\\0' ' ' < /proc/1/cmdline | grep -q 'trap' && exit 5";
    let mut pod = node.pod("base");
    pod["spec"]["ephemeralContainers"] = json!([with(container("debug", script), json!({"targetContainerName": "c"}))]);
    node.put(pod);
    let ended = |pod: &Value| status(pod, "/ephemeralContainerStatuses/0/state/terminated").is_object();
    let pod = node.until("base", "the end of the debugger", ended).await;
    assert_eq!(status(&pod, "/ephemeralContainerStatuses/0/state/terminated/exitCode"), 5, "{:#}", pod["status"]);
    assert_eq!(status(&pod, "/ephemeralContainerStatuses/0/restartCount"), 0);
    assert!(is_ready(&pod), "the pod is as before");
}

/// Upstream: a new sandbox, containers started again, restarts counted on.
async fn a_killed_sandbox_is_replaced(node: &Node) {
    let before = node.until("base", "a ready pod", is_ready).await;
    let filter = |key: &str, value: &str| format!("label={key}={value}");
    let ids = Command::new("docker")
        .args(["ps", "-q", "--filter", &filter("io.kontiki.node", node.name()), "--filter", "label=io.kontiki.pod.name=base"])
        .args(["--filter", "label=io.kontiki.pod.ip"])
        .output()
        .unwrap();
    let ids = String::from_utf8_lossy(&ids.stdout).into_owned();
    assert_eq!(ids.lines().count(), 1, "one sandbox: {ids:?}");
    assert!(Command::new("docker").args(["kill", ids.trim()]).output().unwrap().status.success());
    let again = |pod: &Value| is_ready(pod) && status(pod, "/containerStatuses/0/restartCount") == 1;
    let after = node.until("base", "the container in a new sandbox", again).await;
    assert_ne!(status(&before, "/podIP"), status(&after, "/podIP"), "another sandbox has another address");
    assert_eq!(status(&after, "/ephemeralContainerStatuses/0/restartCount"), 0, "a debugger runs once");
}

async fn hooks_run_around_the_life(node: &Node) {
    node.until("hooked", "a ready pod", is_ready).await;
    let log = node.folder().join("hooks/log");
    let read = || std::fs::read_to_string(&log).unwrap_or_default();
    let ended = node.until("unhooked", "the end of a container whose hook fails", |pod| pod["status"]["phase"] == "Failed").await;
    assert_eq!(status(&ended, "/containerStatuses/0/state/terminated/exitCode"), 3, "it had its grace: {ended:#}");
    let seen = || format!("the log says {:?} of {:#}", read(), node.pod("hooked"));
    assert_eq!(read(), "post\n", "a pod is not ready before its hook has ended");
    node.delete("hooked");
    node.eventually_or("the hook before the end", || read() == "post\npre\nterm\n", seen).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_feature_of_a_pod_works_in_docker() {
    let Some(docker) = TestDocker::new() else { return };
    assert!(!BUSYBOX.is_empty());
    let mut node = Node::start_on(&docker.node, docker.folder.path().into(), docker.runtime.clone(), BRIDGE).await;
    let _bridge = TestBridge(BRIDGE.into());
    common_objects(&node);
    for make in [environment, volumes, security, namespaces, limits, init_containers, failures, probes, hooks] {
        make(&node);
    }
    updated(&node, "1");
    node.put(base(&node));
    node.until("updated", "a running pod", |pod| pod["status"]["phase"] == "Running").await;
    updated(&node, "2");
    let checked = ["environment", "volumes", "confined", "unconfined", "own", "host", "limits", "ordered", "retried", "updated"];
    all_pass(&node, &checked).await;
    assert_eq!(status(&node.pod("host"), "/podIP"), "127.0.0.1");
    assert_eq!(status(&node.pod("retried"), "/initContainerStatuses/0/restartCount"), 1);
    the_failed_say_why(&node).await;
    probes_decide(&node).await;
    hooks_run_around_the_life(&node).await;
    an_ephemeral_container_joins(&node).await;
    a_killed_sandbox_is_replaced(&node).await;
    node.halt().await;
}
