//! What a pass decides, as it grows.

use std::collections::BTreeMap;
use std::time::Duration;

use kontiki_api::meta::Key;
use kontiki_runtime::effect::EffectState;
use kontiki_runtime::plan::{EventIntent, Intent};

use super::facts::Facts;
use crate::effect::{Act, Doing, PodEffect};
use crate::observed::Attempted;
use crate::view::Container;

/// Why a container waits: reason and message of its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub reason: &'static str,
    pub message: String,
}

/// Where something wanted stands.
pub enum Stand<'a> {
    /// It is there.
    Done,
    /// It is on its way.
    Pending,
    /// The last attempt failed; another follows after its back-off.
    Failed(&'a Attempted),
}

/// What a pass decides.
#[derive(Default)]
pub struct Draft {
    pub effects: Vec<PodEffect>,
    pub events: Vec<Intent>,
    pub waiting: BTreeMap<String, Waiting>,
    pub next: Option<Duration>,
    /// The pod has failed as a whole: reason and message.
    pub failed: Option<(String, String)>,
    /// All that ran has ended: the pod's object may go.
    pub finalize: bool,
}

impl Draft {
    /// Looks again after `duration`, or sooner.
    pub fn after(&mut self, duration: Duration) {
        self.next = Some(self.next.map_or(duration, |next| next.min(duration)));
    }

    /// Wants `doing`; what failed is tried again after `back_off(failures so far)`.
    pub fn want<'a>(&mut self, facts: &Facts<'a>, act: Act, doing: Doing, back_off: fn(u32) -> Duration) -> Stand<'a> {
        let key = facts.effect_key(act);
        let row = facts.effects.get(&key);
        let before = row.map_or(0, |(effect, _)| effect.retry);
        let failed = facts.attempted(&key);
        let retry = match failed {
            None => before,
            Some(failed) => {
                let (retry, wait) = super::back_off::retry(failed, facts.now, back_off);
                wait.into_iter().for_each(|wait| self.after(wait));
                retry
            }
        };
        let effect = PodEffect { key, retry, doing };
        let done = row.is_some_and(|(listed, state)| *listed == effect && *state == EffectState::Done);
        self.effects.push(effect);
        match failed {
            _ if done => Stand::Done,
            Some(failed) => Stand::Failed(failed),
            None => Stand::Pending,
        }
    }

    /// Tells users, once per topic and text: that it was told is remembered as an effect.
    pub fn tell(&mut self, facts: &Facts<'_>, topic: &str, event: Event<'_>) {
        let key = facts.effect_key(Act::Told(format!("{topic}{}", event.container.unwrap_or_default()).into()));
        let effect = PodEffect { key: key.clone(), retry: 0, doing: Doing::Told(event.message.clone()) };
        let told = facts.effects.get(&key).is_some_and(|(listed, _)| *listed == effect);
        self.effects.push(effect);
        if !told {
            self.event(facts, event);
        }
    }

    /// Tells users.
    pub fn event(&mut self, facts: &Facts<'_>, event: Event<'_>) {
        let list = |name: &str| {
            let among = |list: &[Container]| list.iter().any(|container| container.name == name);
            match facts.spec() {
                spec if among(&spec.init_containers) => "initContainers",
                spec if among(&spec.ephemeral_containers) => "ephemeralContainers",
                _ => "containers",
            }
        };
        self.events.push(Intent::Event(EventIntent {
            about: Key::new("pods", facts.key.namespace.clone(), facts.key.name.clone()),
            api_version: "v1".into(),
            kind: "Pod".into(),
            uid: facts.key.uid.clone(),
            field_path: event.container.map(|name| format!("spec.{}{{{name}}}", list(name))).unwrap_or_default().into(),
            warning: event.warning,
            reason: event.reason.into(),
            message: event.message,
        }));
    }
}

/// An event about the pod, or one of its containers.
pub struct Event<'a> {
    pub container: Option<&'a str>,
    pub warning: bool,
    pub reason: &'static str,
    pub message: String,
}

impl<'a> Event<'a> {
    /// A normal one.
    pub fn normal(container: Option<&'a str>, reason: &'static str, message: String) -> Self {
        Self { container, warning: false, reason, message }
    }

    /// A warning.
    pub fn warning(container: Option<&'a str>, reason: &'static str, message: String) -> Self {
        Self { container, warning: true, reason, message }
    }
}
