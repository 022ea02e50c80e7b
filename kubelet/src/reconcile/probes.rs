//! Probes and what they mean for a container.

use serde_json::Value;

use super::draft::{Draft, Event};
use super::facts::Facts;
use super::{back_off, hook, specs};
use crate::effect::{Act, Doing, ProbeSpec};
use crate::observed::{ContainerState, ProbeKey, ProbeKind, ProbeResult};
use crate::runtime::Phase;
use crate::view::{Container, Probe};

/// Wants the probes of everything that runs, and tells of failures.
pub fn want(facts: &Facts<'_>, draft: &mut Draft) {
    for container in facts.all_containers() {
        let Some((_, state)) = facts.current(&container.name).filter(|(_, state)| state.phase == Phase::Running) else {
            continue;
        };
        if hook::hook(facts, &container.name).is_some() {
            continue;
        }
        let started = is_started(facts, container, state);
        for kind in [ProbeKind::Startup, ProbeKind::Liveness, ProbeKind::Readiness] {
            let Some(probe) = probe(container, kind).filter(|_| started || kind == ProbeKind::Startup) else { continue };
            let doing = Doing::Probe(Box::new(ProbeSpec {
                container: state.id.clone(),
                probe: probe.clone(),
                ip: facts.ip(),
                ports: specs::ports(container),
                started: state.started.unwrap_or(facts.now),
            }));
            draft.want(facts, Act::Probe(state.id.clone(), kind), doing, back_off::quick);
            tell(facts, draft, container, state, kind);
        }
    }
}

fn tell(facts: &Facts<'_>, draft: &mut Draft, container: &Container, state: &ContainerState, kind: ProbeKind) {
    if let Some(result) = result(facts, state, kind).filter(|result| result.failures > 0) {
        let message = format!("{} probe failed: {}", kind.as_str(), result.message);
        // The count is part of the topic: each failure is told.
        let topic = format!("unhealthy/{}/{}/{}/", state.id, kind.as_str(), result.failures);
        draft.tell(facts, &topic, Event::warning(Some(&container.name), "Unhealthy", message));
    }
}

fn probe(container: &Container, kind: ProbeKind) -> Option<&Probe> {
    match kind {
        ProbeKind::Startup => container.startup_probe.as_ref(),
        ProbeKind::Liveness => container.liveness_probe.as_ref(),
        ProbeKind::Readiness => container.readiness_probe.as_ref(),
    }
}

fn result<'a>(facts: &Facts<'a>, state: &ContainerState, kind: ProbeKind) -> Option<&'a ProbeResult> {
    facts.world.observed(&ProbeKey { pod: facts.key.clone(), container: state.id.clone(), kind })
}

/// What the API shows of this very run: how a container that outlived our process is taken over.
fn told(facts: &Facts<'_>, container: &Container, state: &ContainerState, field: &str) -> bool {
    facts.told_container(&container.name).is_some_and(|status| {
        status.get("containerID").and_then(Value::as_str) == Some(&*state.id)
            && status.get(field).and_then(Value::as_bool) == Some(true)
    })
}

/// Whether the startup probe, if any, has passed.
pub fn is_started(facts: &Facts<'_>, container: &Container, state: &ContainerState) -> bool {
    let verdict = || result(facts, state, ProbeKind::Startup).and_then(|result| result.passing);
    state.phase == Phase::Running
        && (container.startup_probe.is_none() || verdict().unwrap_or_else(|| told(facts, container, state, "started")))
}

/// Whether the container may get traffic.
pub fn is_ready(facts: &Facts<'_>, container: &Container, state: &ContainerState) -> bool {
    let verdict = || result(facts, state, ProbeKind::Readiness).and_then(|result| result.passing);
    is_started(facts, container, state)
        && (container.readiness_probe.is_none() || verdict().unwrap_or_else(|| told(facts, container, state, "ready")))
}

/// The probe that says that the container must be restarted.
pub fn condemned(facts: &Facts<'_>, container: &Container, state: &ContainerState) -> Option<ProbeKind> {
    let kinds = [ProbeKind::Startup, ProbeKind::Liveness];
    let wanted = kinds.into_iter().filter(|kind| probe(container, *kind).is_some());
    wanted.into_iter().find(|kind| result(facts, state, *kind).and_then(|result| result.passing) == Some(false))
}

/// The grace of a container that its probes condemned: the probe's own, or the pod's.
pub fn grace_seconds(facts: &Facts<'_>, container: &Container, state: &ContainerState) -> u32 {
    let own = condemned(facts, container, state).and_then(|kind| probe(container, kind)?.termination_grace_period_seconds);
    own.unwrap_or_else(|| facts.grace_seconds())
}
