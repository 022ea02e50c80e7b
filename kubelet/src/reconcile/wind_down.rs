//! Pods that are being deleted or have finished: what still runs is stopped.

use std::time::Duration;

use super::admit;
use super::draft::{Draft, Event, Stand};
use super::facts::Facts;
use super::{back_off, specs};
use crate::effect::{Act, Doing};
use crate::observed::ContainerState;
use crate::runtime::Phase;
use crate::view::Container;

/// Upstream's reason and message of a pod whose time is up.
const DEADLINE: (&str, &str) = ("DeadlineExceeded", "Pod was active on the node longer than the specified deadline");

/// Whether nothing of the pod shall run any more.
pub fn is_due(facts: &Facts<'_>, draft: &mut Draft) -> bool {
    if facts.seen.head().deleted.is_some() || matches!(facts.told_text("phase"), "Succeeded" | "Failed") {
        return true;
    }
    draft.failed = admit::rejection(facts).or_else(|| deadline(facts, draft));
    draft.failed.is_some()
}

fn deadline(facts: &Facts<'_>, draft: &mut Draft) -> Option<(String, String)> {
    let allowed = Duration::from_secs(u64::try_from(facts.spec().active_deadline_seconds?).unwrap_or_default());
    let started = kontiki_api::time::Time::parse(facts.told_text("startTime")).unwrap_or(facts.now);
    let passed = facts.now.since(started);
    if passed < allowed {
        draft.after(allowed.saturating_sub(passed));
        return None;
    }
    draft.tell(facts, "deadline", Event::normal(None, DEADLINE.0, DEADLINE.1.into()));
    Some((DEADLINE.0.into(), DEADLINE.1.into()))
}

/// Stops what runs: main containers first, then sidecars from the last to the first, then the sandbox.
pub fn decide(facts: &Facts<'_>, draft: &mut Draft) {
    let grace = facts.grace_seconds();
    if stop_mains(facts, draft, grace) || stop_sidecars(facts, draft, grace) {
        return;
    }
    for (_, sandbox) in facts.sandboxes.iter().filter(|(_, sandbox)| sandbox.running) {
        draft.want(facts, Act::Stop(sandbox.id.clone()), specs::kill(), back_off::quick);
    }
    let meta = &facts.pod().metadata;
    let waits_for_finalizers = meta.deletion_grace_period_seconds == Some(0) && !facts.seen.head().finalizers.is_empty();
    draft.finalize = facts.seen.head().deleted.is_some() && !waits_for_finalizers;
}

fn stop_mains(facts: &Facts<'_>, draft: &mut Draft, grace: u32) -> bool {
    let sidecar =
        |name: &str| facts.spec().init_containers.iter().any(|container| container.is_sidecar() && container.name == name);
    let running = facts.containers.iter().filter(|(key, state)| state.phase == Phase::Running && !sidecar(&key.name));
    let mut any = false;
    for (key, state) in running {
        any = true;
        let container = facts.every_container().find(|container| container.name == *key.name);
        stop(facts, draft, &key.name, state, container, grace);
    }
    any
}

fn stop_sidecars(facts: &Facts<'_>, draft: &mut Draft, grace: u32) -> bool {
    for container in facts.spec().init_containers.iter().rev() {
        if let Some((_, state)) = facts.runs(&container.name).find(|(_, state)| state.phase == Phase::Running) {
            stop(facts, draft, &container.name, state, Some(container), grace);
            return true;
        }
    }
    false
}

/// Stops one container and says so.
pub fn stop(facts: &Facts<'_>, draft: &mut Draft, name: &str, state: &ContainerState, container: Option<&Container>, grace: u32) {
    let event = Event::normal(Some(name), "Killing", format!("Stopping container {name}"));
    stop_because(facts, draft, event, state, container, grace);
}

/// Stops one container for the reason that `event` tells.
pub fn stop_because(
    facts: &Facts<'_>,
    draft: &mut Draft,
    event: Event<'_>,
    state: &ContainerState,
    container: Option<&Container>,
    grace: u32,
) {
    draft.tell(facts, &format!("stop/{}/", state.id), event);
    let doing = Doing::Stop {
        grace_seconds: grace,
        pre_stop: container.and_then(|container| container.lifecycle.pre_stop.clone()),
        ip: facts.ip(),
        ports: container.map(specs::ports).unwrap_or_default(),
    };
    if let Stand::Failed(failed) = draft.want(facts, Act::Stop(state.runtime_id().into()), doing, back_off::quick) {
        let message = format!("error killing pod: {}", failed.error);
        draft.tell(facts, "stop-failed", Event::warning(None, "FailedKillPod", message));
    }
}
