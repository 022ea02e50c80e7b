//! Logs, exec, attach and port-forward with the Python client and kube-rs, into real containers.

use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::{AttachParams, LogParams};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::Cluster;
use crate::clients::{kube_client, run_python};

#[test]
fn libraries_read_logs_run_commands_and_forward_ports() {
    let mut cluster = Cluster::up(&[]);
    cluster.kubectl("run web --image=kontiki/demo:1 --port=8080");
    let talks = ["run", "talks", "--image=kontiki/demo:1", "--restart=Never", "--command", "--", "sh", "-c"];
    let made = cluster.kubectl_words(&[&talks[..], &["echo one; echo two; echo three"]].concat());
    assert!(made.status.success(), "{made:?}");
    cluster.kubectl("wait --for=condition=Ready pod/web --timeout=60s");
    run_python(&cluster, "test_streams");
    cluster.block_on(async {
        let pods: Api<Pod> = Api::default_namespaced(kube_client(&cluster).await);
        logs(&pods).await;
        commands(&pods).await;
        ports(&pods).await;
    });
    cluster.kubectl("delete pod web talks --grace-period=1");
    cluster.stop();
}

async fn logs(pods: &Api<Pod>) {
    assert!(pods.logs("talks", &LogParams::default()).await.unwrap().contains("two\n"));
    let last = LogParams { tail_lines: Some(1), ..LogParams::default() };
    assert_eq!(pods.logs("talks", &last).await.unwrap(), "three\n");
}

async fn commands(pods: &Api<Pod>) {
    let ask = AttachParams::default().stdin(true).stdout(true).stderr(true);
    let mut running = pods.exec("web", ["sh", "-c", "cat; echo err >&2; exit 3"], &ask).await.unwrap();
    let (mut out, mut err) = (running.stdout().unwrap(), running.stderr().unwrap());
    let status = running.take_status().unwrap();
    let mut input = running.stdin().unwrap();
    input.write_all(b"typed\n").await.unwrap();
    input.shutdown().await.unwrap();
    drop(input);
    let (mut said, mut failed) = (String::new(), String::new());
    out.read_to_string(&mut said).await.unwrap();
    err.read_to_string(&mut failed).await.unwrap();
    assert_eq!((&*said, &*failed), ("typed\n", "err\n"));
    let status = serde_json::to_value(status.await.unwrap()).unwrap();
    assert_eq!((&status["reason"], &status["details"]["causes"][0]["message"]), (&"NonZeroExitCode".into(), &"3".into()));
}

async fn ports(pods: &Api<Pod>) {
    let mut forward = pods.portforward("web", &[8080]).await.unwrap();
    let mut port = forward.take_stream(8080).unwrap();
    port.write_all(b"GET / HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    port.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    forward.abort();
}
