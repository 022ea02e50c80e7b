//! The pod's phase.

use super::draft::Draft;
use super::facts::Facts;
use super::hook;
use crate::runtime::Phase;
use crate::view::Container;

/// What upstream counts a container as.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Count {
    Waiting,
    Running,
    Succeeded,
    Failed,
}

fn count(facts: &Facts<'_>, draft: &Draft, container: &Container) -> Count {
    let Some((attempt, state)) = facts.latest(&container.name) else { return gone(facts, container) };
    match state.phase {
        Phase::Running if hook::hook(facts, &container.name).is_some() => {
            if attempt == 0 {
                Count::Waiting
            } else {
                Count::Failed
            }
        }
        Phase::Running => Count::Running,
        Phase::Created => Count::Waiting,
        Phase::Exited if draft.waiting.contains_key(&container.name) && state.exit_code == 0 => Count::Failed,
        Phase::Exited if state.exit_code == 0 => Count::Succeeded,
        Phase::Exited => Count::Failed,
    }
}

/// A container that is not there: what was told of it counts.
fn gone(facts: &Facts<'_>, container: &Container) -> Count {
    let told = facts.told_container(&container.name).and_then(|status| status.pointer("/state/terminated/exitCode"));
    match told.and_then(serde_json::Value::as_i64) {
        Some(0) => Count::Succeeded,
        Some(_) => Count::Failed,
        None => Count::Waiting,
    }
}

/// The phase, as upstream's kubelet computes it.
pub fn phase(facts: &Facts<'_>, draft: &Draft) -> &'static str {
    match facts.told_text("phase") {
        "Succeeded" => return "Succeeded",
        "Failed" => return "Failed",
        _ if draft.failed.is_some() => return "Failed",
        _ => {}
    }
    let spec = facts.spec();
    let counts: Vec<Count> = spec.containers.iter().map(|container| count(facts, draft, container)).collect();
    let has = |wanted: Count| counts.contains(&wanted);
    if let Some(phase) = init_phase(facts, draft).filter(|_| !has(Count::Running)) {
        return phase;
    }
    let stopped = has(Count::Succeeded) || has(Count::Failed);
    if has(Count::Waiting) {
        return if stopped || has(Count::Running) { "Running" } else { "Pending" };
    }
    match spec.restart_policy.as_str() {
        // Nothing of a deleted pod starts again.
        _ if facts.seen.head().deleted.is_some() && !has(Count::Running) && !counts.is_empty() => {
            if has(Count::Failed) {
                "Failed"
            } else {
                "Succeeded"
            }
        }
        _ if has(Count::Running) || counts.is_empty() => "Running",
        "Never" if has(Count::Failed) => "Failed",
        "Never" | "OnFailure" if !has(Count::Failed) => {
            if sidecars_run(facts) {
                "Running"
            } else {
                "Succeeded"
            }
        }
        _ => "Running",
    }
}

fn sidecars_run(facts: &Facts<'_>) -> bool {
    let mut sidecars = facts.spec().init_containers.iter().filter(|container| container.is_sidecar());
    sidecars.any(|container| facts.latest(&container.name).is_some_and(|(_, state)| state.phase == Phase::Running))
}

/// The phase as long as init containers decide it.
fn init_phase(facts: &Facts<'_>, draft: &Draft) -> Option<&'static str> {
    let main_ran = facts.spec().containers.iter().any(|container| facts.latest(&container.name).is_some());
    if main_ran {
        return None;
    }
    for container in facts.spec().init_containers.iter().filter(|container| !container.is_sidecar()) {
        match count(facts, draft, container) {
            Count::Succeeded => {}
            Count::Failed if facts.spec().restart_policy == "Never" => return Some("Failed"),
            _ => return Some("Pending"),
        }
    }
    None
}
