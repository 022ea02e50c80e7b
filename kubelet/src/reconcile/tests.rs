//! Pods and what is seen of them, and what is decided.

use std::collections::BTreeMap;
use std::time::Duration;

use kontiki_api::time::Time;
use kontiki_runtime::effect::EffectState;
use kontiki_runtime::plan::{Intent, Next, Plan};
use kontiki_runtime::reconciler::{Pass, Reconciler, Seed};
use kontiki_runtime::world::WorldBuilder;
use serde_json::{Value, json};

use super::PodReconciler;
use super::facts::Effects;
use crate::effect::{Act, Doing, PodEffect};
use crate::node_facts::NodeFacts;
use crate::observed::{
    ContainerKey, ContainerState, ImageState, ProbeKey, ProbeKind, ProbeResult, RuntimeState, SandboxKey, SandboxState, image_key,
};
use crate::pod_key::PodKey;
use crate::runtime::Phase;

const NOW: Time = Time::from_micros(1_800_000_000_000_000);

/// A pod, and what is seen of it.
struct Case {
    pod: Value,
    builder: WorldBuilder,
    effects: Effects,
}

fn key() -> PodKey {
    PodKey::new("default", "web", "u1")
}

impl Case {
    fn new(spec: Value) -> Self {
        let mut spec = spec;
        spec["nodeName"] = json!("n1");
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web", "namespace": "default", "uid": "u1", "generation": 1},
            "spec": spec, "status": {"phase": "Pending", "startTime": "2026-01-01T00:00:00Z"},
        });
        let builder = WorldBuilder::of::<PodReconciler>()
            .observed::<RuntimeState>((), RuntimeState::Up { version: "docker://20.10".into() })
            .observed::<ImageState>(image_key("i"), ImageState { id: "sha256:1".into(), size: 1 });
        Self { pod, builder, effects: BTreeMap::new() }
    }

    fn sandbox(mut self) -> Self {
        let state = SandboxState { id: "s0".into(), fresh: false, running: true, ready: true, ip: "10.244.0.2".into() };
        self.builder = self.builder.observed(SandboxKey { pod: key(), attempt: 0 }, state);
        self
    }

    fn fresh_sandbox(mut self) -> Self {
        let state = SandboxState { id: "s0".into(), fresh: true, running: false, ready: false, ip: "".into() };
        self.builder = self.builder.observed(SandboxKey { pod: key(), attempt: 0 }, state);
        self
    }

    fn container(mut self, name: &str, attempt: u32, change: impl FnOnce(&mut ContainerState)) -> Self {
        let mut state = ContainerState {
            id: format!("docker://{name}{attempt}").into(),
            sandbox: "s0".into(),
            image_id: "docker://sha256:1".into(),
            phase: Phase::Running,
            started: Some(NOW),
            finished: None,
            exit_code: 0,
            oom_killed: false,
            error: "".into(),
            message: "".into(),
            hash: super::specs::hash(&crate::view::Container { name: name.into(), image: "i".into(), ..Default::default() }),
            back_off_seconds: 0,
        };
        change(&mut state);
        self.builder = self.builder.observed(ContainerKey { pod: key(), name: name.into(), attempt }, state);
        self
    }

    fn plan(mut self) -> Plan<PodEffect> {
        self.builder.object(self.pod).unwrap();
        let world = self.builder.build();
        let reconciler = PodReconciler { node: NodeFacts { name: "n1".into(), ip: "192.0.2.1".into(), ..NodeFacts::default() } };
        let (keys, outcomes) = ([key()], BTreeMap::new());
        let pass = Pass { keys: &keys, now: NOW, seed: Seed(1), outcomes: &outcomes, effects: &self.effects };
        reconciler.reconcile(&world, &pass).unwrap()
    }
}

fn ended(code: i64) -> impl FnOnce(&mut ContainerState) {
    move |state| {
        state.phase = Phase::Exited;
        state.exit_code = code;
        state.finished = Some(NOW);
    }
}

fn acts(plan: &Plan<PodEffect>) -> Vec<Act> {
    let acts = plan.effects.iter().map(|effect| effect.key.act.clone());
    acts.filter(|act| !matches!(act, Act::Told(_))).collect()
}

fn status(plan: &Plan<PodEffect>) -> Value {
    let patches = plan.intents.iter().filter_map(|intent| match intent {
        Intent::Patch { body, .. } => Some(body["status"].clone()),
        _ => None,
    });
    patches.into_iter().next_back().unwrap_or_default()
}

fn one(policy: &str) -> Value {
    json!({"restartPolicy": policy, "containers": [{"name": "c", "image": "i"}]})
}

#[test]
fn a_new_pod_gets_its_sandbox_first() {
    let plan = Case::new(one("Always")).plan();
    assert_eq!(acts(&plan), [Act::Sandbox(0)]);
    assert_eq!(status(&plan)["containerStatuses"][0]["state"]["waiting"]["reason"], "ContainerCreating");
}

#[test]
fn a_sandbox_that_was_made_and_not_yet_started_is_not_replaced() {
    let plan = Case::new(one("Always")).fresh_sandbox().plan();
    assert_eq!(acts(&plan), [Act::Sandbox(0)]);
}

#[test]
fn containers_start_once_the_sandbox_is_ready() {
    let plan = Case::new(one("Always")).sandbox().plan();
    assert_eq!(acts(&plan), [Act::Container("c".into(), 0)]);
    assert_eq!(status(&plan)["podIP"], "10.244.0.2");
}

#[test]
fn a_running_pod_is_ready_and_nothing_is_left_to_do() {
    let plan = Case::new(one("Always")).sandbox().container("c", 0, |_| {}).plan();
    assert_eq!(acts(&plan), []);
    assert_eq!(status(&plan)["phase"], "Running");
    assert_eq!(status(&plan)["conditions"][2]["status"], "True");
}

fn hooked() -> Value {
    let hook = json!({"postStart": {"exec": {"command": ["true"]}}});
    json!({"restartPolicy": "Always", "containers": [{"name": "c", "image": "i", "lifecycle": hook}, {"name": "d", "image": "i"}]})
}

/// A pod whose first container runs, and whose hook stands as told.
fn after_start(hook: EffectState) -> Plan<PodEffect> {
    let first = Case::new(hooked()).sandbox().plan();
    let mut case = Case::new(hooked()).sandbox().container("c", 0, |state| {
        let Some(Doing::Container(spec)) = first.effects.iter().map(|effect| &effect.doing).next_back() else {
            panic!("no start")
        };
        state.hash = spec.hash.clone();
    });
    case.effects = first.effects.into_iter().map(|effect| (effect.key.clone(), (effect, hook.clone()))).collect();
    case.plan()
}

#[test]
fn a_container_counts_as_running_and_lets_others_start_once_its_hook_has_ended() {
    let start = Act::Container("c".into(), 0);
    assert_eq!(acts(&Case::new(hooked()).sandbox().plan()), std::slice::from_ref(&start));
    let plan = after_start(EffectState::Pending);
    assert_eq!(acts(&plan), [start], "whoever drops the effect stops the hook");
    assert_eq!(status(&plan)["phase"], Value::Null, "it stays Pending");
    let shown = &status(&plan)["containerStatuses"][0];
    assert_eq!((&shown["ready"], &shown["state"]["waiting"]["reason"]), (&json!(false), &json!("ContainerCreating")));
    let plan = after_start(EffectState::Done);
    assert_eq!(acts(&plan), [Act::Container("d".into(), 0)]);
    assert_eq!(status(&plan)["containerStatuses"][0]["ready"], true);
}

#[test]
fn a_container_whose_hook_failed_is_stopped_within_its_grace() {
    let plan = after_start(EffectState::Failed { error: "PostStartHookError: no".into(), attempts: 1 });
    assert_eq!(acts(&plan), [Act::Stop("c0".into())]);
    let waiting = &status(&plan)["containerStatuses"][0]["state"]["waiting"];
    assert_eq!(*waiting, json!({"reason": "PostStartHookError", "message": "no"}));
    let reasons = plan.intents.iter().filter_map(|intent| match intent {
        Intent::Event(event) => Some(event.reason.to_string()),
        _ => None,
    });
    let told: Vec<String> = reasons.collect();
    assert!(["FailedPostStartHook", "Killing"].iter().all(|wanted| told.iter().any(|reason| reason == wanted)), "{told:?}");
}

#[test]
fn main_containers_wait_for_init_containers() {
    let spec = json!({
        "restartPolicy": "Always", "initContainers": [{"name": "a", "image": "i"}, {"name": "b", "image": "i"}],
        "containers": [{"name": "c", "image": "i"}],
    });
    let plan = Case::new(spec.clone()).sandbox().container("a", 0, ended(0)).plan();
    assert_eq!(acts(&plan), [Act::Container("b".into(), 0)]);
    assert_eq!(status(&plan)["conditions"][1]["message"], "containers with incomplete status: [b]");
    assert_eq!(status(&plan)["containerStatuses"][0]["state"]["waiting"]["reason"], "PodInitializing");
    let plan = Case::new(spec).sandbox().container("a", 0, ended(0)).container("b", 0, ended(0)).plan();
    assert_eq!(acts(&plan), [Act::Container("c".into(), 0)]);
}

#[test]
fn a_failed_init_container_fails_a_pod_that_never_restarts() {
    let spec = json!({"restartPolicy": "Never", "initContainers": [{"name": "a", "image": "i"}], "containers": [{"name": "c", "image": "i"}]});
    let plan = Case::new(spec).sandbox().container("a", 0, ended(1)).plan();
    assert_eq!(status(&plan)["phase"], "Failed");
    assert_eq!(acts(&plan), [Act::Stop("s0".into())]);
}

#[test]
fn the_first_restart_comes_at_once_and_the_next_waits() {
    let plan = Case::new(one("Always")).sandbox().container("c", 0, ended(1)).plan();
    assert_eq!(acts(&plan), [Act::Container("c".into(), 1)]);
    let Some(Doing::Container(spec)) =
        plan.effects.iter().find(|effect| matches!(effect.key.act, Act::Container(..))).map(|e| &e.doing)
    else {
        panic!("no container")
    };
    assert_eq!(spec.back_off_seconds, 10);
    let second = |state: &mut ContainerState| {
        ended(1)(state);
        state.back_off_seconds = 10;
    };
    let plan = Case::new(one("Always")).sandbox().container("c", 1, second).plan();
    assert_eq!(acts(&plan), []);
    assert_eq!(plan.next, Next::After(Duration::from_secs(10)));
    let shown = &status(&plan)["containerStatuses"][0];
    assert_eq!(shown["state"]["waiting"]["reason"], "CrashLoopBackOff");
    assert_eq!(shown["state"]["waiting"]["message"], "back-off 10s restarting failed container=c pod=web_default(u1)");
    assert_eq!(shown["lastState"]["terminated"]["exitCode"], 1);
}

#[test]
fn a_pod_whose_containers_succeeded_has_succeeded() {
    let plan = Case::new(one("OnFailure")).sandbox().container("c", 0, ended(0)).plan();
    assert_eq!(status(&plan)["phase"], "Succeeded");
    assert_eq!(status(&plan)["conditions"][2]["reason"], "PodCompleted");
}

#[test]
fn a_deleted_pod_stops_within_its_grace_and_then_goes() {
    let delete = |case: Case| {
        let mut case = case;
        case.pod["metadata"]["deletionTimestamp"] = json!("2027-01-15T08:00:07Z");
        case.pod["metadata"]["deletionGracePeriodSeconds"] = json!(7);
        case.plan()
    };
    let plan = delete(Case::new(one("Always")).sandbox().container("c", 0, |_| {}));
    assert_eq!(acts(&plan), [Act::Stop("c0".into())]);
    let stop = plan.effects.iter().find(|effect| matches!(effect.key.act, Act::Stop(_))).unwrap();
    assert!(matches!(stop.doing, Doing::Stop { grace_seconds: 7, .. }));
    assert!(!plan.intents.iter().any(|intent| matches!(intent, Intent::Delete { .. })));
    let plan = delete(Case::new(one("Always")).sandbox().container("c", 0, ended(143)));
    assert!(matches!(plan.intents.last(), Some(Intent::Delete { grace_seconds: Some(0), .. })));
}

#[test]
fn a_pod_that_is_gone_leaves_nothing() {
    let mut case = Case::new(one("Always")).sandbox();
    case.pod["metadata"]["uid"] = json!("another life");
    assert_eq!(acts(&case.plan()), [Act::Clear]);
}

/// A container that the runtime still made for a request of before, after everything was removed.
#[test]
fn what_appears_of_a_pod_that_was_cleared_is_cleared_too() {
    let gone = |case: Case| {
        let mut case = case;
        case.pod["metadata"]["uid"] = json!("another life");
        case
    };
    let first = gone(Case::new(one("Always")).sandbox().container("c", 0, |_| {})).plan();
    let done = |plan: &Plan<PodEffect>, case: Case| {
        let effects = plan.effects.iter().map(|effect| (effect.key.clone(), (effect.clone(), EffectState::Done))).collect();
        Case { effects, ..case }
    };
    let fewer = done(&first, gone(Case::new(one("Always")).sandbox())).plan();
    assert_eq!(fewer.effects, first.effects, "what goes asks for nothing");
    let other = done(&first, gone(Case::new(one("Always")).container("late", 0, |_| {}))).plan();
    assert_eq!(acts(&other), [Act::Clear]);
    assert_ne!(other.effects, first.effects, "what comes is another effect");
}

#[test]
fn a_container_that_fails_its_liveness_probe_is_stopped() {
    let spec = json!({"containers": [{"name": "c", "image": "i", "livenessProbe": {"tcpSocket": {"port": 80}}}]});
    let mut case = Case::new(spec).sandbox().container("c", 0, |_| {});
    let probe = ProbeKey { pod: key(), container: "docker://c0".into(), kind: ProbeKind::Liveness };
    let failing = ProbeResult { passing: Some(false), failures: 3, message: "refused".into() };
    case.builder = case.builder.observed(probe, failing);
    let plan = case.plan();
    assert!(acts(&plan).contains(&Act::Stop("c0".into())));
    let told = plan.intents.iter().filter_map(|intent| match intent {
        Intent::Event(event) => Some(event.message.as_str()),
        _ => None,
    });
    let told: Vec<_> = told.collect();
    assert!(told.contains(&"Container c failed liveness probe, will be restarted"), "{told:?}");
    assert!(told.contains(&"Liveness probe failed: refused"), "{told:?}");
}

#[test]
fn what_was_told_is_not_told_again() {
    let spec = json!({"containers": [{"name": "c", "image": "missing", "imagePullPolicy": "Never"}]});
    let first = Case::new(spec.clone()).plan();
    let events = |plan: &Plan<PodEffect>| plan.intents.iter().filter(|intent| matches!(intent, Intent::Event(_))).count();
    assert_eq!(events(&first), 1);
    let mut again = Case::new(spec);
    again.effects = first.effects.into_iter().map(|effect| (effect.key.clone(), (effect, EffectState::Done))).collect();
    assert_eq!(events(&again.plan()), 0);
}

#[test]
fn a_missing_configuration_is_said() {
    let spec = json!({"containers": [{"name": "c", "image": "i", "envFrom": [{"configMapRef": {"name": "none"}}]}]});
    let plan = Case::new(spec).sandbox().plan();
    let waiting = &status(&plan)["containerStatuses"][0]["state"]["waiting"];
    assert_eq!(waiting["reason"], "CreateContainerConfigError");
    assert_eq!(waiting["message"], "configmap \"none\" not found");
}

#[test]
fn a_container_that_is_only_made_is_wanted_as_before() {
    let wanted = |case: Case| {
        let effects = case.plan().effects;
        effects.into_iter().find(|effect| matches!(effect.key.act, Act::Container(..))).unwrap()
    };
    let before = wanted(Case::new(one("Always")).sandbox());
    let made = |state: &mut ContainerState| state.phase = Phase::Created;
    let after = wanted(Case::new(one("Always")).sandbox().container("c", 0, made));
    assert_eq!(before, after, "another content would start the run once more");
}
