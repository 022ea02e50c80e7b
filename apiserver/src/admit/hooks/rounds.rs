//! Which webhooks are called a second time.

use std::collections::HashSet;

use serde_json::Value;

use super::hook::Hook;

/// What is known of the mutating webhooks called for one request. There are at most two rounds: the second, where a
/// webhook changed the object, runs all plug-ins again and the webhooks that ask for it (`reinvocationPolicy`) where
/// the object changed after they saw it.
#[derive(Debug, Default)]
pub(crate) struct Rounds {
    second: bool,
    changed: bool,
    called: HashSet<(String, usize)>,
    due: HashSet<(String, usize)>,
    output: Value,
}

impl Rounds {
    /// Whether a webhook changed the object in the first round.
    pub const fn wants_second(&self) -> bool {
        self.changed && !self.second
    }

    /// The number of this round, from 0.
    pub(super) fn number(&self) -> u8 {
        u8::from(self.second)
    }

    /// The second round begins.
    pub const fn begin_second(&mut self) {
        self.second = true;
    }

    /// The webhooks are about to be called with `object`: in the second round plug-ins may have changed it.
    pub(super) fn begin(&mut self, object: &Value) {
        if self.second && self.output != *object {
            self.require_called();
        }
    }

    /// All webhooks have been called.
    pub(super) fn end(&mut self, object: &Value) {
        if self.changed && !self.second {
            self.output = object.clone();
        }
    }

    /// Whether `hook` is called in this round.
    pub(super) fn calls(&self, hook: &Hook) -> bool {
        !self.second || self.due.contains(&hook.id)
    }

    /// `hook` was called, and changed the object or not.
    pub(super) fn was_called(&mut self, hook: &Hook, changed: bool) {
        if changed {
            self.changed = true;
            self.require_called();
        }
        if hook.called_again {
            self.called.insert(hook.id.clone());
        }
    }

    fn require_called(&mut self) {
        self.due.extend(self.called.drain());
    }
}
