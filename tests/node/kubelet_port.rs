//! The kubelet's own ports: who may use them, and for what; and `kubectl debug`.

use super::Cluster;

/// The code of an answer of the kubelet's port 10250 to curl with these further arguments.
fn code(cluster: &Cluster, address: &str, path: &str, arguments: &[&str]) -> String {
    let url = format!("https://{address}:10250{path}");
    let authority = cluster.data().join("pki/ca.crt");
    let mut curl = cluster.inside("curl");
    curl.args(["-s", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "10", "--cacert"]).arg(authority);
    let output = curl.args(arguments).arg(url).output().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_kubelet_s_ports_know_their_callers() {
    let mut cluster = Cluster::up(&["--kubelet-read-only-port", "10255"]);
    let address = cluster.kubectl("get nodes -o jsonpath={.items[0].status.addresses[0].address}");
    for path in ["/pods", "/exec/default/web/web?command=id", "/containerLogs/default/web/web"] {
        assert_eq!(code(&cluster, &address, path, &[]), "403", "anonymous callers get nothing of {path}");
    }
    assert_eq!(code(&cluster, &address, "/pods", &["-H", "Authorization: Bearer nonsense"]), "401");
    let pki = |name: &str| cluster.data().join("pki").join(name).to_string_lossy().into_owned();
    let (certificate, key) = (pki("admin.crt"), pki("admin.key"));
    assert_eq!(code(&cluster, &address, "/pods", &["--cert", &certificate, "--key", &key]), "200");

    cluster.eventually("the account is there", |cluster| cluster.try_kubectl("get serviceaccount default").status.success());
    let header = format!("Authorization: Bearer {}", cluster.kubectl("create token default").trim());
    assert_eq!(code(&cluster, &address, "/pods", &["-H", &header]), "403", "known, but not allowed");
    cluster.kubectl("create clusterrolebinding k --clusterrole=system:kubelet-api-admin --serviceaccount=default:default");
    cluster.eventually("the account may now", |cluster| code(cluster, &address, "/pods", &["-H", &header]) == "200");

    let plain = |path: &str| {
        let url = format!("http://{address}:10255{path}");
        let output = cluster.inside("curl").args(["-s", "-o", "/dev/null", "-w", "%{http_code}", &url]).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert_eq!((plain("/pods"), plain("/exec/default/web/web")), ("200".to_owned(), "404".to_owned()));

    cluster.kubectl("run web --image=kontiki/demo:1 --port=8080");
    cluster.kubectl("wait --for=condition=Ready pod/web --timeout=60s");
    let debug = [
        "debug",
        "web",
        "--image=kontiki/demo:1",
        "--target=web",
        "-c",
        "look",
        "--",
        "sh",
        "-c",
        "grep -q demo /proc/1/cmdline && exit 4",
    ];
    let debugged = cluster.kubectl_words(&debug);
    assert!(debugged.status.success(), "{}", String::from_utf8_lossy(&debugged.stderr));
    cluster.eventually("the debugger has seen its target", |cluster| {
        let at = "{.status.ephemeralContainerStatuses[0].state.terminated.exitCode}";
        cluster.kubectl(&format!("get pod web -o jsonpath={at}")) == "4"
    });
    cluster.kubectl("delete pod web --grace-period=1");
    cluster.eventually("no sandbox is left", |cluster| {
        let output = cluster.inside("curl").args(["-s", &format!("http://{address}:10255/metrics")]).output().unwrap();
        String::from_utf8_lossy(&output.stdout).contains("kubelet_running_pods 0")
    });
    cluster.stop();
    let left = |program: &str, arguments: &[&str]| {
        let output = cluster.inside(program).args(arguments).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert!(!left("ip", &["link"]).contains("kontiki0"), "without pods nothing of the network stays");
    assert!(!left("nft", &["list", "tables"]).contains("kontiki"), "and no rule");
}
