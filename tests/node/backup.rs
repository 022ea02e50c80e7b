//! Backups of a running cluster, restored and opened as a sandbox.

use super::{Cluster, Kubectl};

/// Runs `script` and returns what it printed.
fn shell(cluster: &Cluster, script: &str) -> String {
    let output = cluster.shell(Kubectl::Unmodified, script);
    let told = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{script}\n{told}");
    told
}

/// Starts the cluster in `folder` beside the other one, asks it, and stops it.
fn ask(cluster: &Cluster, folder: &str, question: &str) -> String {
    let script = format!(
        "kontiki up --no-node --no-kubeconfig --data-dir {folder} --port 7443 --peer-port 0 --component-ports false > {folder}.log 2>&1 & up=$!
         for n in $(seq 300); do grep -q '^ready' {folder}.log && break; kill -0 $up || break; sleep 0.1; done
         KUBECONFIG={folder}/admin.kubeconfig; export KUBECONFIG
         {question}; code=$?
         kill $up; wait $up; [ $code = 0 ] || cat {folder}.log; exit $code"
    );
    shell(cluster, &script)
}

#[test]
fn a_backup_of_a_running_cluster_is_restored_and_opened_as_a_sandbox() {
    let cluster = Cluster::up(&["--no-node"]);
    shell(&cluster, "kubectl create configmap kept --from-literal=k=1");
    shell(&cluster, "kubectl create secret generic hushed --from-literal=k=hush");
    shell(&cluster, "echo 'correct horse' > ~/passphrase; echo wrong > ~/wrong");
    let told = shell(&cluster, "kontiki backup ~/backup --passphrase-file ~/passphrase");
    assert!(told.contains("holds everything up to revision"), "{told}");
    shell(&cluster, "kubectl delete configmap kept");
    let refused = cluster.shell(Kubectl::Unmodified, "kontiki restore ~/backup --data-dir ~/never --passphrase-file ~/wrong");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("the passphrase does not open"), "{refused:?}");

    let both = "kubectl get configmap kept -o jsonpath='{.data.k} ' && kubectl get secret hushed -o jsonpath='{.data.k}'";
    for command in ["restore", "fork"] {
        shell(&cluster, &format!("kontiki {command} ~/backup --data-dir ~/{command} --passphrase-file ~/passphrase"));
        let told = ask(&cluster, &format!("~/{command}"), both);
        assert!(told.contains("1 aHVzaA=="), "{command}: {told}");
    }
}

#[test]
fn a_sandbox_calls_nobody_outside() {
    let cluster = Cluster::up(&["--no-node"]);
    let hook = r#"{"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": "gate"}, "webhooks": [{"name": "gate.example.com", "failurePolicy": "Fail", "sideEffects": "None",
        "admissionReviewVersions": ["v1"], "clientConfig": {"url": "https://127.0.0.1:9/"},
        "rules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["secrets"]}]}]}"#;
    shell(&cluster, &format!("echo '{hook}' | kubectl create -f -"));
    let refused = cluster.shell(Kubectl::Unmodified, "kubectl create secret generic s");
    assert!(String::from_utf8_lossy(&refused.stderr).contains("gate.example.com"), "{refused:?}");
    shell(&cluster, "echo 'correct horse' > ~/passphrase; kontiki backup ~/backup --passphrase-file ~/passphrase");
    shell(&cluster, "kontiki fork ~/backup --data-dir ~/apart --passphrase-file ~/passphrase");
    let told = ask(
        &cluster,
        "~/apart",
        "kubectl create secret generic s 2>&1; kubectl get --raw /api/v1/namespaces/default/services/https:kubernetes/proxy/ 2>&1; true",
    );
    for part in [
        "secret/s created",
        "\"gate.example.com\" was not asked: this is a sandbox",
        "Error from server (ServiceUnavailable): this is a sandbox: it calls nobody outside",
    ] {
        assert!(told.contains(part), "{part:?} is missing: {told}");
    }
}
