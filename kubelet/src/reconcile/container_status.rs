//! Statuses of containers.

use kontiki_api::time::Time;
use serde_json::{Value, json};

use super::draft::{Draft, Waiting};
use super::facts::Facts;
use super::{hook, probes};
use crate::observed::ContainerState;
use crate::runtime::Phase;
use crate::view::Container;

/// The statuses of `containers`; `init` tells that they run before the main ones.
pub fn statuses(facts: &Facts<'_>, draft: &Draft, containers: &[Container], init: bool) -> Vec<Value> {
    containers.iter().map(|container| status(facts, draft, container, init)).collect()
}

/// The statuses of ephemeral containers: they are never ready.
pub fn ephemeral(facts: &Facts<'_>, draft: &Draft) -> Vec<Value> {
    let mut statuses = statuses(facts, draft, &facts.spec().ephemeral_containers, false);
    for map in statuses.iter_mut().filter_map(Value::as_object_mut) {
        map.insert("ready".into(), json!(false));
        map.shift_remove("started");
    }
    statuses
}

fn status(facts: &Facts<'_>, draft: &Draft, container: &Container, init: bool) -> Value {
    let latest = facts.latest(&container.name);
    let Some((attempt, state)) = latest.filter(|(_, state)| state.phase != Phase::Created) else {
        return unseen(facts, draft, container);
    };
    let held = hook::hook(facts, &container.name).is_some();
    let (now, last) = match draft.waiting.get(&container.name).map(waits) {
        Some(waiting) if !held => (waiting, terminated(state)),
        waiting if held => {
            let creating = || json!({"waiting": {"reason": "ContainerCreating"}});
            (waiting.unwrap_or_else(creating), previous(facts, container, attempt))
        }
        _ => (shown(state), previous(facts, container, attempt)),
    };
    let started = !held && probes::is_started(facts, container, state);
    let done = init && !container.is_sidecar();
    let ready = if done {
        state.phase == Phase::Exited && state.exit_code == 0
    } else {
        !held && probes::is_ready(facts, container, state)
    };
    json!({
        "name": container.name,
        "state": now,
        "lastState": last,
        "ready": ready,
        "restartCount": attempt,
        "image": container.image,
        "imageID": state.image_id,
        "containerID": state.id,
        "started": started,
    })
}

fn waits(waiting: &Waiting) -> Value {
    json!({"waiting": {"reason": waiting.reason, "message": waiting.message}})
}

/// A container of which nothing is there: as it was told, if it ran, else waiting.
fn unseen(facts: &Facts<'_>, draft: &Draft, container: &Container) -> Value {
    let told = facts.told_container(&container.name);
    let over = matches!(facts.told_text("phase"), "Succeeded" | "Failed") || facts.seen.head().deleted.is_some();
    if let Some(told) = told.filter(|told| over && told.get("containerID").is_some()) {
        return told.clone();
    }
    let default = if facts.spec().init_containers.is_empty() || is_current_init(facts, container) {
        "ContainerCreating"
    } else {
        "PodInitializing"
    };
    let waiting = match draft.waiting.get(&container.name) {
        Some(waiting) => json!({"reason": waiting.reason, "message": waiting.message}),
        None => json!({"reason": default}),
    };
    let last =
        told.and_then(|told| told.pointer("/state/terminated")).map_or_else(|| json!({}), |was| json!({"terminated": was}));
    json!({
        "name": container.name,
        "state": {"waiting": waiting},
        "lastState": last,
        "ready": false,
        "restartCount": told.and_then(|told| told.get("restartCount")).and_then(Value::as_u64).unwrap_or_default(),
        "image": container.image,
        "imageID": "",
        "started": false,
    })
}

/// Whether the init containers before this one have ended, so that it is its own turn.
fn is_current_init(facts: &Facts<'_>, container: &Container) -> bool {
    let before = facts.spec().init_containers.iter().take_while(|other| other.name != container.name);
    let passed = |other: &Container| {
        facts
            .current(&other.name)
            .is_some_and(|(_, state)| other.is_sidecar() || state.exit_code == 0 && state.phase == Phase::Exited)
    };
    before.into_iter().all(passed)
}

fn shown(state: &ContainerState) -> Value {
    match state.phase {
        Phase::Running => json!({"running": {"startedAt": seconds(state.started)}}),
        _ => terminated(state),
    }
}

fn previous(facts: &Facts<'_>, container: &Container, attempt: u32) -> Value {
    let before = facts.runs(&container.name).rev().find(|(other, state)| *other < attempt && state.phase == Phase::Exited);
    if let Some((_, state)) = before {
        return terminated(state);
    }
    let told = facts.told_container(&container.name).filter(|_| attempt > 0).and_then(|told| told.get("lastState"));
    told.cloned().unwrap_or_else(|| json!({}))
}

/// The terminated state of a run.
fn terminated(state: &ContainerState) -> Value {
    let reason = if !state.error.is_empty() {
        "StartError"
    } else if state.oom_killed {
        "OOMKilled"
    } else if state.exit_code == 0 {
        "Completed"
    } else {
        "Error"
    };
    let mut terminated = json!({
        "exitCode": state.exit_code,
        "reason": reason,
        "startedAt": seconds(state.started),
        "finishedAt": seconds(state.finished),
        "containerID": state.id,
    });
    if let Some(map) = terminated.as_object_mut().filter(|_| !state.message.is_empty()) {
        map.insert("message".into(), json!(state.message));
    }
    json!({"terminated": terminated})
}

fn seconds(time: Option<Time>) -> String {
    time.unwrap_or_default().seconds()
}
