//! The programs in tests/clients/python.

use std::path::PathBuf;

use crate::node::Cluster;

/// A control plane whose pods run at once.
pub fn control_plane() -> Cluster {
    Cluster::up(&["--no-node", "--simulated-nodes=1"])
}

/// Runs the tests of `module` against `cluster`.
pub fn run(cluster: &Cluster, module: &str) {
    let tools = std::env::var("KONTIKI_TOOLS").unwrap_or("/usr/local/lib/kontiki".into());
    let python = PathBuf::from(tools).join("clients/bin/python");
    assert!(python.exists(), "{} is missing: scripts/install-clients puts it there", python.display());
    let mut command = cluster.inside(python.to_str().unwrap());
    command.args(["-m", "unittest", module]).env("KUBECONFIG", cluster.data().join("admin.kubeconfig"));
    command.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients/python")).env("PYTHONDONTWRITEBYTECODE", "1");
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{module}: {}\n{}{text}", output.status, String::from_utf8_lossy(&output.stdout));
    assert!(!text.contains("Ran 0 tests"), "{module} holds no test");
}

#[test]
fn the_python_client_reads_writes_and_watches_objects_as_classes() {
    run(&control_plane(), "test_typed");
}

#[test]
fn the_python_client_defines_kinds_and_uses_them_by_path_and_by_discovery() {
    run(&control_plane(), "test_custom");
}

#[test]
fn every_verb_of_every_kind_works_with_the_python_client() {
    run(&control_plane(), "test_kinds");
}

#[test]
fn the_apis_machinery_does_what_upstreams_conformance_tests_ask() {
    run(&control_plane(), "test_machinery");
}

#[test]
fn definitions_of_kinds_do_what_upstreams_conformance_tests_ask() {
    run(&control_plane(), "test_definitions");
}

#[test]
fn webhooks_do_what_upstreams_conformance_tests_ask() {
    run(&control_plane(), "test_webhooks");
}

#[test]
fn an_operator_in_kopf_looks_after_its_objects() {
    run(&control_plane(), "test_operator");
}

#[test]
fn helm_installs_upgrades_rolls_back_and_removes_a_chart() {
    run(&control_plane(), "test_helm");
}

#[test]
fn what_is_in_use_is_held_until_it_is_not() {
    run(&control_plane(), "test_holds");
}

#[test]
fn upstreams_demos_run_with_kubectl() {
    run(&control_plane(), "test_demos");
}

#[test]
fn requests_made_up_from_our_own_document_end_in_no_server_error() {
    run(&control_plane(), "test_fuzz");
}
