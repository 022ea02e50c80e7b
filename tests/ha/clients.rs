//! Clients of which the master that they use is lost.

use std::process::{Command, Output, Stdio};

use super::masters::Masters;

fn kubectl(kubeconfig: &str, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_kontiki"));
    command.args(["kubectl", "--kubeconfig", kubeconfig]).args(words).stdin(Stdio::null()).output().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn kubectl_turns_to_another_master_by_itself() {
    let mut masters = Masters::three().await;
    let lost = masters.leader().await;
    let kubeconfig = masters.kontiki(lost, &["kubeconfig"]);
    let kubeconfig = kubeconfig.trim();
    assert!(std::fs::read_to_string(kubeconfig).unwrap().contains(&masters.url(lost)));
    masters.kill(lost);
    for (words, expected) in [
        (&["create", "configmap", "c", "--from-literal=k=1"][..], "configmap/c created"),
        (&["get", "configmap", "c", "-o", "jsonpath={.data.k}"], "1"),
    ] {
        let output = kubectl(kubeconfig, words);
        assert!(output.status.success() && String::from_utf8_lossy(&output.stdout).trim() == expected, "{words:?}: {output:?}");
    }
}
