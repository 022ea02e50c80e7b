//! Which containers to start, restart and stop.

use super::draft::{Draft, Event, Stand, Waiting};
use super::facts::Facts;
use super::{back_off, env, hook, images, probes, specs, volumes, wind_down};
use crate::effect::{Act, Doing};
use crate::observed::{ContainerState, SandboxState};
use crate::perform::CONFIG_ERROR;
use crate::runtime::Phase;
use crate::view::Container;

/// Whether what follows a container may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It may.
    GoOn,
    /// It waits for this container.
    Wait,
}

/// Whether every container has ended for good, or an init container has failed for good.
pub fn finished(facts: &Facts<'_>) -> bool {
    let ended = |container: &Container| match facts.latest(&container.name) {
        Some((_, state)) => state.phase == Phase::Exited && !facts.restarts(container, state.exit_code),
        None => false,
    };
    let inits = facts.spec().init_containers.iter().filter(|container| !container.is_sidecar());
    let failed = |container: &Container| facts.latest(&container.name).is_some_and(|(_, state)| state.exit_code != 0);
    if facts.spec().restart_policy == "Never" && inits.into_iter().any(|container| ended(container) && failed(container)) {
        return true;
    }
    !facts.spec().containers.is_empty() && facts.spec().containers.iter().all(ended)
}

/// Brings one init container on; what follows waits until it has ended well, or for a sidecar, has started.
pub fn init_step(
    facts: &Facts<'_>,
    draft: &mut Draft,
    container: &Container,
    sandbox: Option<&SandboxState>,
    volumes: bool,
) -> Step {
    let Some((_, state)) = facts.current(&container.name) else {
        if !container.is_sidecar() && later_ones_ran(facts, container) {
            return Step::GoOn;
        }
        start(facts, draft, container, sandbox, volumes);
        return Step::Wait;
    };
    match state.phase {
        Phase::Running if hook::step(facts, draft, container, state) == Step::Wait => Step::Wait,
        Phase::Running if container.is_sidecar() => {
            keep_running(facts, draft, container, state);
            if probes::is_started(facts, container, state) { Step::GoOn } else { Step::Wait }
        }
        Phase::Exited if !container.is_sidecar() && state.exit_code == 0 => Step::GoOn,
        Phase::Exited => {
            restart(facts, draft, container, state, sandbox, volumes);
            if container.is_sidecar() && later_ones_ran(facts, container) { Step::GoOn } else { Step::Wait }
        }
        Phase::Created => {
            start(facts, draft, container, sandbox, volumes);
            Step::Wait
        }
        Phase::Running => Step::Wait,
    }
}

/// Whether a container behind this init container has run in the sandbox of now.
fn later_ones_ran(facts: &Facts<'_>, container: &Container) -> bool {
    let all = facts.all_containers().skip_while(|other| other.name != container.name).skip(1);
    all.into_iter().any(|other| facts.current(&other.name).is_some())
}

/// Brings the main containers on: none starts while the hook of one before it runs.
pub fn main_steps(facts: &Facts<'_>, draft: &mut Draft, sandbox: Option<&SandboxState>, volumes: bool) {
    let mut step = Step::GoOn;
    for container in &facts.spec().containers {
        let runs = facts.current(&container.name).is_some_and(|(_, state)| state.phase == Phase::Running);
        if (step == Step::GoOn || runs) && main_step(facts, draft, container, sandbox, volumes) == Step::Wait {
            step = Step::Wait;
        }
    }
}

fn main_step(facts: &Facts<'_>, draft: &mut Draft, container: &Container, sandbox: Option<&SandboxState>, volumes: bool) -> Step {
    match facts.current(&container.name) {
        Some((_, state)) if state.phase == Phase::Running => {
            let step = hook::step(facts, draft, container, state);
            if step == Step::GoOn {
                keep_running(facts, draft, container, state);
            }
            return step;
        }
        Some((_, state)) if state.phase == Phase::Exited => {
            if !facts.restarts(container, state.exit_code) {
                return Step::GoOn;
            }
            restart(facts, draft, container, state, sandbox, volumes);
        }
        _ => start(facts, draft, container, sandbox, volumes),
    }
    // One that cannot start holds nothing up.
    let starts = !draft.waiting.contains_key(&container.name);
    if container.lifecycle.post_start.is_some() && starts { Step::Wait } else { Step::GoOn }
}

/// Starts an ephemeral container (`kubectl debug`): once, whatever becomes of it.
pub fn ephemeral_step(
    facts: &Facts<'_>,
    draft: &mut Draft,
    container: &Container,
    sandbox: Option<&SandboxState>,
    volumes: bool,
) {
    let told = facts.told_container(&container.name).is_some_and(|status| status.get("containerID").is_some());
    let ran = facts.latest(&container.name).is_some_and(|(_, state)| state.phase != Phase::Created);
    if !ran && !told {
        start(facts, draft, container, sandbox, volumes);
    }
}

/// Stops a container that must become another one, or whose probes say so.
fn keep_running(facts: &Facts<'_>, draft: &mut Draft, container: &Container, state: &ContainerState) {
    let name = &container.name;
    let message = if state.hash != specs::hash(container) {
        format!("Container {name} definition changed, will be restarted")
    } else if let Some(kind) = probes::condemned(facts, container, state) {
        format!("Container {name} failed {} probe, will be restarted", kind.as_str().to_lowercase())
    } else {
        return;
    };
    let grace = probes::grace_seconds(facts, container, state);
    let event = Event::normal(Some(name), "Killing", message);
    wind_down::stop_because(facts, draft, event, state, Some(container), grace);
}

/// Starts a container again that has ended, if its policy says so and its back-off has passed.
fn restart(
    facts: &Facts<'_>,
    draft: &mut Draft,
    container: &Container,
    state: &ContainerState,
    sandbox: Option<&SandboxState>,
    volumes: bool,
) {
    if !facts.restarts(container, state.exit_code) {
        return;
    }
    let finished = state.finished.unwrap_or(facts.now);
    let wait = back_off::wait(state.back_off_seconds, ran(state));
    let passed = facts.now.since(finished);
    if passed >= wait {
        return start(facts, draft, container, sandbox, volumes);
    }
    draft.after(wait.saturating_sub(passed));
    let text = if wait.as_secs() >= 60 && wait.as_secs().is_multiple_of(60) {
        format!("{}m0s", wait.as_secs() / 60)
    } else if wait.as_secs() >= 60 {
        format!("{}m{}s", wait.as_secs() / 60, wait.as_secs() % 60)
    } else {
        format!("{}s", wait.as_secs())
    };
    let message = format!("back-off {text} restarting failed container={} pod={}", container.name, facts.key);
    draft.waiting.insert(container.name.clone(), Waiting { reason: "CrashLoopBackOff", message });
    let message = format!("Back-off restarting failed container {} in pod {}", container.name, facts.key);
    draft.tell(facts, &format!("back-off/{}/", state.id), Event::warning(Some(&container.name), "BackOff", message));
}

/// How long a run lasted.
pub fn ran(state: &ContainerState) -> std::time::Duration {
    match (state.started, state.finished) {
        (Some(started), Some(finished)) => finished.since(started),
        _ => std::time::Duration::ZERO,
    }
}

/// Wants the next run of a container: its image, then the container.
fn start(facts: &Facts<'_>, draft: &mut Draft, container: &Container, sandbox: Option<&SandboxState>, volumes: bool) {
    let attempt = match facts.current(&container.name) {
        Some((attempt, state)) if state.phase == Phase::Created => attempt,
        _ => facts.next_attempt(&container.name),
    };
    let image = images::want(facts, draft, container, attempt);
    let Some(sandbox) = sandbox.filter(|_| image && volumes) else { return };
    let made = match (env::resolve(facts, container), volumes::mounts(facts, container)) {
        (Ok(env), Ok(mounts)) => specs::container(facts, container, sandbox, env, mounts),
        (Err(error), _) | (_, Err(error)) => return config_error(facts, draft, container, error),
    };
    let doing = Doing::Container(Box::new(made));
    if let Stand::Failed(failed) =
        draft.want(facts, Act::Container(container.name.as_str().into(), attempt), doing, back_off::slow)
    {
        let (reason, message) = match failed.error.split_once(": ") {
            Some((CONFIG_ERROR, message)) => (CONFIG_ERROR, message.to_owned()),
            _ => ("CreateContainerError", failed.error.clone()),
        };
        draft.tell(
            facts,
            &format!("start/{attempt}/"),
            Event::warning(Some(&container.name), "Failed", format!("Error: {message}")),
        );
        draft.waiting.insert(container.name.clone(), Waiting { reason, message });
    }
}

fn config_error(facts: &Facts<'_>, draft: &mut Draft, container: &Container, error: String) {
    draft.tell(facts, "config/", Event::warning(Some(&container.name), "Failed", format!("Error: {error}")));
    draft.waiting.insert(container.name.clone(), Waiting { reason: CONFIG_ERROR, message: error });
}
