//! The hook that runs after a container's start.

use kontiki_runtime::effect::EffectState;

use super::containers::Step;
use super::draft::{Draft, Event, Waiting};
use super::facts::Facts;
use super::wind_down;
use crate::effect::{Act, Doing, PodEffect};
use crate::observed::ContainerState;
use crate::perform::HOOK_ERROR;
use crate::runtime::Phase;
use crate::view::Container;

/// A hook that keeps its container from counting as running.
pub enum Hook<'a> {
    /// It runs, as a part of this effect.
    Runs(&'a PodEffect),
    /// It failed, with this message.
    Failed(&'a str),
}

/// The hook of the newest run of `name`; `None` where there is none, or it has ended well.
///
/// A hook that a former process of ours began counts as ended, as with upstream.
pub fn hook<'a>(facts: &Facts<'a>, name: &str) -> Option<Hook<'a>> {
    let (attempt, _) = facts.latest(name).filter(|(_, state)| state.phase == Phase::Running)?;
    let key = facts.effect_key(Act::Container(name.into(), attempt));
    match facts.effects.get(&key) {
        Some((effect, EffectState::Pending)) if has_hook(effect) => return Some(Hook::Runs(effect)),
        Some((_, EffectState::Failed { error, .. })) if error.starts_with(HOOK_ERROR) => return Some(Hook::Failed(said(error))),
        _ => {}
    }
    let failed = facts.attempted(&key).filter(|failed| failed.error.starts_with(HOOK_ERROR))?;
    Some(Hook::Failed(said(&failed.error)))
}

/// What follows a container that runs: nothing, as long as its hook does; a failed hook ends it.
pub fn step(facts: &Facts<'_>, draft: &mut Draft, container: &Container, state: &ContainerState) -> Step {
    match hook(facts, &container.name) {
        None => return Step::GoOn,
        Some(Hook::Runs(effect)) => draft.effects.push(effect.clone()),
        Some(Hook::Failed(message)) => {
            let name = &container.name;
            let failed = Event::warning(Some(name), "FailedPostStartHook", "PostStartHook failed".into());
            draft.tell(facts, &format!("hook/{}/", state.id), failed);
            let killing = Event::normal(Some(name), "Killing", "FailedPostStartHook".into());
            wind_down::stop_because(facts, draft, killing, state, Some(container), facts.grace_seconds());
            draft.waiting.insert(name.clone(), Waiting { reason: HOOK_ERROR, message: message.to_owned() });
        }
    }
    Step::Wait
}

fn has_hook(effect: &PodEffect) -> bool {
    matches!(&effect.doing, Doing::Container(spec) if spec.post_start.is_some())
}

fn said(error: &str) -> &str {
    error.strip_prefix(HOOK_ERROR).map_or(error, |said| said.trim_start_matches([':', ' ']))
}
