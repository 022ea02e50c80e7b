//! The pod network on a real kernel, with sandboxes in Docker.

use std::process::Command;

use kontiki_kubelet::images::PAUSE;
use kontiki_kubelet::network::{Addresses, Bridge, BridgeConfig, Range, attach};
use kontiki_kubelet::runtime::{ContainerConfig, ContainerRuntime, Namespace, Program};

use super::docker::TestDocker;
use super::images::BUSYBOX;

/// A bridge that goes with the value.
pub struct TestBridge(pub String);

impl Drop for TestBridge {
    fn drop(&mut self) {
        let _ = Command::new("ip").args(["link", "del", &self.0]).output();
    }
}

/// Starts a sandbox with a link and the address `holder` gets; answers its id and address.
async fn sandbox(docker: &TestDocker, bridge: &Bridge, addresses: &Addresses, holder: &str) -> (String, String) {
    let config = ContainerConfig {
        name: format!("{}-{holder}", docker.node),
        program: Program { image: PAUSE.name.into(), ipc: Namespace::Shareable, ..Program::default() },
        labels: docker.owner.labels(),
        ..ContainerConfig::default()
    };
    let id = docker.runtime.create(&config).await.unwrap();
    docker.runtime.start(&id).await.unwrap();
    let info = docker.runtime.inspect(&id).await.unwrap();
    let address = addresses.take(holder).unwrap();
    let link: String = format!("kv{id}").chars().take(15).collect();
    attach(bridge, info.pid, &link, address).await.unwrap();
    (id, address.to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_pods_and_the_node_reach_each_other() {
    let Some(docker) = TestDocker::new() else { return };
    docker.runtime.version().await.unwrap();
    docker.runtime.load(bytes::Bytes::from_static(PAUSE.archive)).await.unwrap();
    let range = Range::parse("10.99.8.0/24").unwrap();
    let addresses = Addresses::new(range);
    let config = BridgeConfig { name: "kontikitest0".into(), address: addresses.gateway(), pods: range, routed: vec![] };
    let _guard = TestBridge(config.name.clone());
    Bridge::ensure(&config).await.unwrap();
    let bridge = Bridge::ensure(&config).await.unwrap();
    let (first, _) = sandbox(&docker, &bridge, &addresses, "a").await;
    let (_, second) = sandbox(&docker, &bridge, &addresses, "b").await;
    let client = ContainerConfig {
        name: format!("{}-client", docker.node),
        program: Program {
            image: BUSYBOX.into(),
            command: vec!["sleep".into(), "1000".into()],
            network: Namespace::Of(first),
            ..Program::default()
        },
        labels: docker.owner.labels(),
        ..ContainerConfig::default()
    };
    let client = docker.runtime.create(&client).await.unwrap();
    docker.runtime.start(&client).await.unwrap();
    for target in [second.as_str(), "10.99.8.1", "127.0.0.1"] {
        let ping = ["ping", "-c", "1", "-W", "5", target].map(String::from);
        let ran = docker.runtime.exec_wait(&client, &ping).await.unwrap();
        assert_eq!(ran.code, 0, "{target}: {}", String::from_utf8_lossy(&ran.output));
    }
}
