//! The shared suite, on the reconcilers of real and simulated nodes.

use std::time::Duration;

use kontiki_api::meta::Key;
use kontiki_api::time::Time;
use kontiki_kubelet::effect::{Act, ContainerSpec, Doing, PodEffect};
use kontiki_kubelet::node::{NodeDescription, NodeReconciler};
use kontiki_kubelet::node_facts::NodeFacts;
use kontiki_kubelet::observed::{
    ContainerKey, ContainerState, ImageState, PodFolder, ProbeKey, ProbeResult, RuntimeState, SandboxKey, SandboxState, image_key,
};
use kontiki_kubelet::pod_key::PodKey;
use kontiki_kubelet::reconcile::PodReconciler;
use kontiki_kubelet::runtime::Phase;
use kontiki_kubelet::simulated_nodes::{SimulatedNodeReconciler, SimulatedNodes, SimulatedPodReconciler, Wanted};
use kontiki_runtime::observe::{Observation, Observed};
use kontiki_runtime::testing::{Scenario, Suite};
use kontiki_runtime::world::{AnyObservation, World};
use serde_json::{Value, json};

/// When everything outside happens: the time at which a cluster in memory begins.
const SEEN: Time = Time::from_micros(1_767_323_045_000_000);

type Seen = Vec<Box<dyn AnyObservation>>;

fn seen<O: Observed>(key: O::Key, state: O) -> Box<dyn AnyObservation> {
    Box::new(Observation::Seen(key, state))
}

fn gone<O: Observed>(key: &O::Key) -> Box<dyn AnyObservation> {
    Box::new(Observation::<O>::Gone(key.clone()))
}

fn up() -> Observation<RuntimeState> {
    Observation::Seen((), RuntimeState::Up { version: "docker://20.10".into() })
}

/// What a container runtime that does everything at once shows of an effect.
fn perform(world: &World, effect: &PodEffect) -> Seen {
    let pod = effect.key.pod.clone();
    match (&effect.key.act, &effect.doing) {
        (Act::Sandbox(attempt), _) => {
            let id = format!("{}-sandbox-{attempt}", pod.name).into();
            let state = SandboxState { id, fresh: false, running: true, ready: true, ip: "10.244.0.2".into() };
            vec![seen(SandboxKey { pod, attempt: *attempt }, state)]
        }
        (_, Doing::Image { image, .. }) => vec![seen(image_key(image), ImageState { id: "sha256:1".into(), size: 1 })],
        (Act::Volume(_), _) => vec![seen(pod, PodFolder)],
        (Act::Container(name, attempt), Doing::Container(spec)) => {
            let key = ContainerKey { pod: pod.clone(), name: name.clone(), attempt: *attempt };
            vec![seen(pod, PodFolder), seen(key.clone(), run(&key, spec))]
        }
        (Act::Stop(id), _) => stop(world, id),
        (Act::Remove(id), _) => {
            let container = container(world, id).map(|(key, _)| gone::<ContainerState>(&key));
            container.into_iter().chain(sandbox(world, id).map(|(key, _)| gone::<SandboxState>(&key))).collect()
        }
        (Act::Clear, _) => clear(world, &pod),
        (Act::Probe(container, kind), _) => {
            let key = ProbeKey { pod, container: container.clone(), kind: *kind };
            vec![seen(key, ProbeResult { passing: Some(true), failures: 0, message: String::new() })]
        }
        _ => Vec::new(),
    }
}

/// A run of an image: `ends` does well and ends, `fails-once` only runs the second time, all others run on.
fn run(key: &ContainerKey, spec: &ContainerSpec) -> ContainerState {
    let image = spec.program.image.as_str();
    let failed = image.starts_with("fails-once") && key.attempt == 0;
    let ended = failed || image.starts_with("ends");
    ContainerState {
        id: format!("docker://{}-{}-{}", key.pod.name, key.name, key.attempt).into(),
        sandbox: spec.sandbox.clone(),
        image_id: "docker://sha256:1".into(),
        phase: if ended { Phase::Exited } else { Phase::Running },
        started: Some(SEEN),
        finished: ended.then_some(SEEN),
        exit_code: i64::from(failed),
        oom_killed: false,
        error: "".into(),
        message: "".into(),
        hash: spec.hash.clone(),
        back_off_seconds: spec.back_off_seconds,
    }
}

fn container(world: &World, id: &str) -> Option<(ContainerKey, ContainerState)> {
    let mut all = world.observations::<ContainerState>();
    all.find(|(_, state)| state.runtime_id() == id).map(|(key, state)| (key.clone(), state.clone()))
}

fn sandbox(world: &World, id: &str) -> Option<(SandboxKey, SandboxState)> {
    let mut all = world.observations::<SandboxState>();
    all.find(|(_, state)| *state.id == *id).map(|(key, state)| (key.clone(), state.clone()))
}

fn stop(world: &World, id: &str) -> Seen {
    if let Some((key, state)) = container(world, id) {
        return vec![seen(key, ContainerState { phase: Phase::Exited, exit_code: 143, finished: Some(SEEN), ..state })];
    }
    let stopped = sandbox(world, id).map(|(key, state)| seen(key, SandboxState { running: false, ready: false, ..state }));
    stopped.into_iter().collect()
}

fn clear(world: &World, pod: &PodKey) -> Seen {
    let containers = world.observations::<ContainerState>().filter(|(key, _)| key.pod == *pod);
    let sandboxes = world.observations::<SandboxState>().filter(|(key, _)| key.pod == *pod);
    let probes = world.observations::<ProbeResult>().filter(|(key, _)| key.pod == *pod);
    let gone_containers = containers.map(|(key, _)| gone::<ContainerState>(key));
    let gone_sandboxes = sandboxes.map(|(key, _)| gone::<SandboxState>(key));
    let gone_probes = probes.map(|(key, _)| gone::<ProbeResult>(key));
    gone_containers.chain(gone_sandboxes).chain(gone_probes).chain([gone::<PodFolder>(pod)]).collect()
}

fn pod(name: &str, node: &str, spec: Value) -> Value {
    let mut spec = spec;
    spec["nodeName"] = json!(node);
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default"}, "spec": spec})
}

fn of_image(image: &str, policy: &str) -> Value {
    json!({"restartPolicy": policy, "containers": [{"name": "c", "image": image}]})
}

fn configured() -> Value {
    json!({
        "initContainers": [{"name": "first", "image": "ends"}],
        "containers": [{
            "name": "c", "image": "runs",
            "env": [{"name": "GREETING", "valueFrom": {"configMapKeyRef": {"name": "config", "key": "greeting"}}}],
            "volumeMounts": [{"name": "v", "mountPath": "/config"}],
            "readinessProbe": {"tcpSocket": {"port": 80}},
        }],
        "volumes": [{"name": "v", "configMap": {"name": "config"}}],
    })
}

fn config(greeting: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "config", "namespace": "default"},
        "data": {"greeting": greeting},
    })
}

fn pod_key(name: &str) -> Key {
    Key::new("pods", "default", name)
}

/// `pod` as the API server shows it while it waits for the kubelet's last word.
fn ending(mut pod: Value) -> Value {
    pod["metadata"]["deletionTimestamp"] = json!("2026-01-02T03:04:35Z");
    pod["metadata"]["deletionGracePeriodSeconds"] = json!(30);
    pod
}

#[test]
fn the_reconciler_of_pods_passes_the_suite() {
    let runs = || pod("web", "n1", of_image("runs", "Always"));
    let scenarios = [
        Scenario::new("run and go").put([runs(), pod("other", "n2", of_image("runs", "Always"))]).delete(pod_key("web")),
        Scenario::new("end within the grace").put([runs(), ending(runs())]),
        Scenario::new("do the work and end").put([pod("job", "n1", of_image("ends", "OnFailure"))]),
        Scenario::new("restart what failed").put([pod("web", "n1", of_image("fails-once", "OnFailure"))]),
        Scenario::new("fail for good").put([pod("job", "n1", of_image("fails-once", "Never"))]),
        Scenario::new("configuration changes")
            .put_together([pod("web", "n1", configured()), config("hello")])
            .put([config("hi")]),
        Scenario::new("another image")
            .put([runs()])
            .merge(pod_key("web"), json!({"spec": {"containers": [{"name": "c", "image": "runs:2"}]}})),
    ];
    let node = NodeFacts { name: "n1".into(), ip: "192.0.2.1".into(), ..NodeFacts::default() };
    let suite = Suite::new(PodReconciler { node }).sees(&up()).effects(perform);
    suite.empties::<ContainerState>().empties::<SandboxState>().empties::<PodFolder>().run(&scenarios);
}

#[test]
fn the_reconciler_of_the_node_passes_the_suite() {
    let node =
        NodeDescription { name: "n1".into(), ip: "192.0.2.1".into(), pod_cidr: "10.244.0.0/24".into(), ..Default::default() };
    let key = || Key::new("nodes", "", "n1");
    let scenarios = [
        Scenario::new("a node reports").wait(Duration::from_secs(1)),
        Scenario::new("labels come back, foreign ones stay")
            .wait(Duration::from_secs(1))
            .merge(key(), json!({"metadata": {"labels": {"kubernetes.io/os": null, "mine": "yes"}}})),
        Scenario::new("a deleted node registers again").wait(Duration::from_secs(1)).delete(key()),
    ];
    let suite = Suite::new(NodeReconciler { node }).sees(&up());
    suite.leaves("nodes").leaves("leases.coordination.k8s.io").run(&scenarios);
}

#[test]
fn the_reconciler_of_simulated_nodes_passes_the_suite() {
    let nodes = SimulatedNodes::new("sim-", 1);
    let foreign = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "sim-1"}});
    let scenarios = [Scenario::new("a node beside a foreign one").put([foreign])];
    let suite = Suite::new(SimulatedNodeReconciler { nodes }).sees(&Observation::Seen("sim-0".into(), Wanted));
    suite.leaves("nodes").leaves("leases.coordination.k8s.io").run(&scenarios);
}

#[test]
fn the_reconciler_of_simulated_pods_passes_the_suite() {
    let web = || pod("web", "sim-0", configured());
    let scenarios = [
        Scenario::new("run, change and go")
            .put([web(), pod("db", "sim-1", of_image("runs", "Always")), pod("other", "sim-2", of_image("runs", "Always"))])
            .merge(pod_key("db"), json!({"spec": {"containers": [{"name": "c", "image": "runs:2"}]}}))
            .delete(pod_key("web")),
        Scenario::new("end within the grace").put([web(), ending(web())]),
    ];
    Suite::new(SimulatedPodReconciler { nodes: SimulatedNodes::new("sim-", 2) }).run(&scenarios);
}
