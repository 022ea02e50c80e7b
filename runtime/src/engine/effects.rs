//! The accepted effects of one reconciler.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::task::AbortHandle;

use super::message::{EffectDone, Message};
use super::passes::Cx;
use crate::effect::{Effect, EffectPort, EffectState};

/// One accepted effect.
struct Accepted<K, E> {
    effect: E,
    state: EffectState,
    owner: K,
    generation: u64,
    task: AbortHandle,
}

/// The accepted effects: by their keys, with the key of the pass that wants each.
pub(super) struct Effects<K, E: Effect> {
    port: Arc<dyn EffectPort<E>>,
    accepted: BTreeMap<E::Key, Accepted<K, E>>,
    owned: BTreeMap<K, Vec<E::Key>>,
    generation: u64,
}

impl<K: Ord + Clone, E: Effect> Effects<K, E> {
    pub(super) fn new(port: Arc<dyn EffectPort<E>>) -> Self {
        Self { port, accepted: BTreeMap::new(), owned: BTreeMap::new(), generation: 0 }
    }

    /// Where the effects of these keys stand.
    pub(super) fn of<'a>(&self, keys: impl Iterator<Item = &'a K>) -> BTreeMap<E::Key, (E, EffectState)>
    where
        K: 'a,
    {
        let wanted = keys.filter_map(|key| self.owned.get(key)).flatten();
        let found = wanted.filter_map(|key| self.accepted.get_key_value(key));
        found.map(|(key, accepted)| (key.clone(), (accepted.effect.clone(), accepted.state.clone()))).collect()
    }

    /// `owner` wants exactly these effects: new ones start, missing ones are cancelled, changed ones replaced.
    pub(super) fn want(&mut self, cx: &Cx<'_>, lane: usize, owner: &K, effects: Vec<E>) {
        let before = self.owned.remove(owner).unwrap_or_default();
        let wanted: Vec<E::Key> = effects.iter().map(Effect::key).collect();
        for key in before.iter().filter(|key| !wanted.contains(key)) {
            if let Some(dropped) = self.accepted.remove(key) {
                dropped.task.abort();
            }
        }
        for effect in effects {
            self.accept(cx, lane, owner, effect);
        }
        if !wanted.is_empty() {
            self.owned.insert(owner.clone(), wanted);
        }
    }

    /// An attempt is over; answers the key to wake, unless the effect is no longer wanted.
    pub(super) fn done(&mut self, done: &EffectDone) -> Option<K> {
        let accepted = self.accepted.get_mut(done.key.downcast_ref::<E::Key>()?)?;
        if accepted.generation != done.generation {
            return None;
        }
        accepted.state = match &done.result {
            Ok(()) => EffectState::Done,
            Err(error) => EffectState::Failed { error: error.clone(), attempts: done.attempts + 1 },
        };
        Some(accepted.owner.clone())
    }

    /// Whether no attempt is under way.
    pub(super) fn is_quiet(&self) -> bool {
        self.accepted.values().all(|accepted| accepted.state != EffectState::Pending)
    }

    /// How many are accepted.
    pub(super) fn len(&self) -> usize {
        self.accepted.len()
    }

    fn accept(&mut self, cx: &Cx<'_>, lane: usize, owner: &K, effect: E) {
        let key = effect.key();
        let mut attempts = 0;
        if let Some(old) = self.accepted.get_mut(&key) {
            if old.effect == effect {
                old.owner = owner.clone();
                return;
            }
            old.task.abort();
            if let EffectState::Failed { attempts: failed, .. } = &old.state {
                attempts = *failed;
            }
        }
        self.generation += 1;
        let task = self.perform(cx, lane, effect.clone(), attempts);
        let accepted = Accepted { effect, state: EffectState::Pending, owner: owner.clone(), generation: self.generation, task };
        self.accepted.insert(key, accepted);
    }

    fn perform(&self, cx: &Cx<'_>, lane: usize, effect: E, attempts: u32) -> AbortHandle {
        let (port, inbox, generation) = (Arc::clone(&self.port), cx.inbox.clone(), self.generation);
        let key: Box<dyn Any + Send> = Box::new(effect.key());
        let task = async move {
            let result = port.perform(effect).await;
            // The engine has gone where nobody listens: then nobody wants to know.
            let _ = inbox.send(Message::Effect(EffectDone { lane, key, generation, attempts, result }));
        };
        cx.runtime.spawn(task).abort_handle()
    }
}

impl<K, E: Effect> Drop for Effects<K, E> {
    fn drop(&mut self) {
        self.accepted.values().for_each(|accepted| accepted.task.abort());
    }
}
