//! The pod's sandbox.

use super::draft::{Draft, Event, Stand};
use super::facts::Facts;
use super::{back_off, specs, wind_down};
use crate::effect::{Act, Doing};
use crate::observed::SandboxState;
use crate::runtime::Phase;

/// Wants a sandbox and returns it once it is complete. Containers of a dead one are stopped first:
/// their network is gone.
pub fn want<'a>(facts: &Facts<'a>, draft: &mut Draft) -> Option<&'a SandboxState> {
    if let Some(ready) = facts.ready_sandbox() {
        return Some(ready);
    }
    if stop_stranded(facts, draft) || !may_replace(facts) {
        return None;
    }
    let attempt = match facts.sandboxes.last() {
        Some((attempt, sandbox)) if sandbox.running || sandbox.fresh => *attempt,
        Some((attempt, _)) => attempt + 1,
        None => 0,
    };
    if attempt > 0 {
        let message = "Pod sandbox changed, it will be killed and re-created.".to_owned();
        draft.tell(facts, &format!("sandbox/{attempt}"), Event::normal(None, "SandboxChanged", message));
    }
    let doing = Doing::Sandbox(Box::new(specs::sandbox(facts)));
    if let Stand::Failed(failed) = draft.want(facts, Act::Sandbox(attempt), doing, back_off::quick) {
        let message = format!("Failed to create pod sandbox: {}", failed.error);
        draft.tell(facts, "sandbox-failed", Event::warning(None, "FailedCreatePodSandBox", message));
    }
    None
}

fn stop_stranded(facts: &Facts<'_>, draft: &mut Draft) -> bool {
    let alive = facts.sandboxes.last().filter(|(_, sandbox)| sandbox.running).map(|(_, sandbox)| &sandbox.id);
    let mut any = false;
    for (key, state) in &facts.containers {
        if state.phase == Phase::Running && Some(&state.sandbox) != alive {
            any = true;
            let container = facts.every_container().find(|container| container.name == *key.name);
            wind_down::stop(facts, draft, &key.name, state, container, facts.grace_seconds());
        }
    }
    any
}

/// A pod that never restarts gets no second sandbox once one of its containers has run.
fn may_replace(facts: &Facts<'_>) -> bool {
    facts.spec().restart_policy != "Never" || facts.containers.is_empty()
}
