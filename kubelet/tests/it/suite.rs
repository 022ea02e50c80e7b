//! What every container runtime must do: run over each implementation.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use kontiki_kubelet::labels::Owner;
use kontiki_kubelet::runtime::{
    ContainerConfig, ContainerRuntime, LogOptions, Phase, Program, RuntimeError, RuntimeEvent, SimulatedRuntime,
};
use kontiki_runtime::clock::SystemClock;

use super::docker::TestDocker;
use super::images::BUSYBOX;

fn config(owner: &Owner, name: &str, script: &str) -> ContainerConfig {
    ContainerConfig {
        name: format!("{}-{name}", owner.node),
        program: Program {
            image: BUSYBOX.into(),
            command: vec!["/bin/sh".into(), "-c".into(), script.into()],
            ..Program::default()
        },
        labels: owner.labels(),
        ..ContainerConfig::default()
    }
}

async fn suite(owner: &Owner, runtime: &dyn ContainerRuntime) {
    assert!(!runtime.version().await.unwrap().version.is_empty());
    let mut events = runtime.events();
    assert!(matches!(events.next().await, Some(RuntimeEvent::Up(containers, _)) if containers.is_empty()), "it starts empty");
    runs_to_an_exit_code(owner, runtime, &mut events).await;
    creating_twice_is_one_container(owner, runtime).await;
    stops_what_runs(owner, runtime).await;
    executes_in_what_runs(owner, runtime).await;
    tells_what_is_missing(owner, runtime).await;
}

async fn runs_to_an_exit_code(
    owner: &Owner,
    runtime: &dyn ContainerRuntime,
    events: &mut futures::stream::BoxStream<'static, RuntimeEvent>,
) {
    let id = runtime.create(&config(owner, "exits", "echo hello; exit 3")).await.unwrap();
    runtime.start(&id).await.unwrap();
    let ended = loop {
        match events.next().await.unwrap() {
            RuntimeEvent::Changed(info) if info.id == id && info.phase == Phase::Exited => break info,
            _ => {}
        }
    };
    assert_eq!(ended.exit_code, 3);
    assert!(ended.started.is_some() && ended.finished >= ended.started);
    let log: Vec<_> = runtime.logs(&id, LogOptions::default()).await.collect().await;
    assert_eq!(log.len(), 1);
    assert_eq!(&log[0].as_ref().unwrap().bytes[..], b"hello\n");
    runtime.remove(&id).await.unwrap();
    loop {
        if events.next().await.unwrap() == RuntimeEvent::Gone(id.clone()) {
            break;
        }
    }
    assert!(matches!(runtime.inspect(&id).await, Err(RuntimeError::NotFound(_))));
    runtime.remove(&id).await.unwrap();
}

async fn creating_twice_is_one_container(owner: &Owner, runtime: &dyn ContainerRuntime) {
    let config = config(owner, "twice", "sleep 1000");
    let id = runtime.create(&config).await.unwrap();
    assert_eq!(runtime.create(&config).await.unwrap(), id);
    runtime.start(&id).await.unwrap();
    runtime.start(&id).await.unwrap();
    runtime.remove(&id).await.unwrap();
}

async fn stops_what_runs(owner: &Owner, runtime: &dyn ContainerRuntime) {
    let script = "trap 'exit 143' TERM; while true; do sleep 0.1; done";
    let id = runtime.create(&config(owner, "stops", script)).await.unwrap();
    runtime.start(&id).await.unwrap();
    runtime.stop(&id, Duration::from_secs(30)).await.unwrap();
    let info = runtime.inspect(&id).await.unwrap();
    assert_eq!((info.phase, info.exit_code), (Phase::Exited, 143));
    runtime.stop(&id, Duration::from_secs(30)).await.unwrap();
    runtime.remove(&id).await.unwrap();
    runtime.stop(&id, Duration::ZERO).await.unwrap();
}

async fn executes_in_what_runs(owner: &Owner, runtime: &dyn ContainerRuntime) {
    let id = runtime.create(&config(owner, "execs", "sleep 1000")).await.unwrap();
    runtime.start(&id).await.unwrap();
    let words = ["/bin/sh", "-c", "echo out; exit 7"].map(String::from);
    let ran = runtime.exec_wait(&id, &words).await.unwrap();
    assert_eq!((ran.code, &ran.output[..]), (7, &b"out\n"[..]));
    runtime.remove(&id).await.unwrap();
}

async fn tells_what_is_missing(owner: &Owner, runtime: &dyn ContainerRuntime) {
    assert!(runtime.image(BUSYBOX).await.unwrap().is_some());
    assert_eq!(runtime.image("kontiki-test/none:1").await.unwrap(), None);
    let mut missing = config(owner, "none", "");
    missing.program.image = "kontiki-test/none:1".into();
    assert!(matches!(runtime.create(&missing).await, Err(RuntimeError::NotFound(_))));
}

#[tokio::test]
async fn docker_passes_the_suite() {
    let Some(docker) = TestDocker::new() else { return };
    suite(&docker.owner, &*docker.runtime).await;
}

#[tokio::test]
async fn two_clusters_with_one_node_name_do_not_meet_in_docker() {
    let Some(docker) = TestDocker::new() else { return };
    let other = Owner { data_dir: "/another/cluster".into(), ..docker.owner.clone() };
    docker.runtime.version().await.unwrap();
    let id = docker.runtime.create(&config(&other, "theirs", "sleep 1000")).await.unwrap();
    let mut events = docker.runtime.events();
    assert!(matches!(events.next().await, Some(RuntimeEvent::Up(containers, _)) if containers.is_empty()));
    docker.runtime.start(&id).await.unwrap();
    let own = docker.runtime.create(&config(&docker.owner, "ours", "sleep 1000")).await.unwrap();
    loop {
        match events.next().await.unwrap() {
            RuntimeEvent::Changed(info) => break assert_eq!(info.id, own, "only our own is told"),
            RuntimeEvent::Gone(id) => panic!("{id} was none of ours"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn the_simulated_runtime_passes_the_suite() {
    let runtime = SimulatedRuntime::new([BUSYBOX.to_owned()], Arc::new(SystemClock::default()));
    suite(&Owner { node: "simulated".into(), data_dir: "/test".into() }, &runtime).await;
}

#[tokio::test]
async fn a_missing_docker_is_told_once_with_its_socket() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("docker.sock");
    let docker = kontiki_kubelet::runtime::Docker::new(&socket, &Owner::default());
    let mut events = docker.events();
    for there in [false, true] {
        if there {
            std::os::unix::net::UnixListener::bind(&socket).unwrap();
        }
        let Some(RuntimeEvent::Down(message)) = events.next().await else { panic!("Docker seems to be there") };
        assert!(message.contains("docker.sock") && message.contains("is the daemon running"), "{message}");
    }
}
