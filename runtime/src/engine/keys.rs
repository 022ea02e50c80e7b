//! Which keys of one reconciler wait, run, are held back, or come back later.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use kontiki_api::meta::{Resource, Revision};

use crate::plan::Outcome;
use crate::reconciler::Rank;
use crate::world::World;

/// How long a World that is consistent per kind only is waited for. A write may leave what such a
/// World selects; then its change never arrives.
const LONGEST_BARRIER: Duration = Duration::from_secs(5);

/// Everything known of one key.
#[derive(Debug, Default)]
pub(super) struct KeyState {
    queued: Option<(Rank, u64)>,
    busy: bool,
    dirty: bool,
    barrier: Vec<(Resource, Revision)>,
    barrier_ends: Duration,
    not_before: Duration,
    due: Option<Duration>,
    /// What became of the last plan.
    pub(super) outcome: Option<Outcome>,
    /// Revision of the change that woke the key.
    pub(super) trigger: Revision,
}

impl KeyState {
    fn is_idle(&self, now: Duration) -> bool {
        let quiet = self.queued.is_none() && !self.busy && !self.dirty && self.barrier.is_empty() && self.due.is_none();
        let plain = self.outcome.as_ref().is_none_or(|outcome| outcome.intents.is_empty() && outcome.attempts == 0);
        quiet && plain && self.not_before <= now
    }
}

/// The queue of one reconciler: each key at most once, lowest rank first, then first come first served.
#[derive(Debug)]
pub(super) struct Keys<K> {
    states: BTreeMap<K, KeyState>,
    ready: BTreeMap<(Rank, u64), K>,
    timers: BTreeSet<(Duration, K)>,
    /// Keys whose plans are over, with the newest revision that the World must contain before they run again.
    held: BTreeSet<(Revision, K)>,
    busy: usize,
    sequence: u64,
}

impl<K> Default for Keys<K> {
    fn default() -> Self {
        Self {
            states: BTreeMap::new(),
            ready: BTreeMap::new(),
            timers: BTreeSet::new(),
            held: BTreeSet::new(),
            busy: 0,
            sequence: 0,
        }
    }
}

impl<K: Ord + Clone> Keys<K> {
    /// A change wakes `key`: it waits for its turn, or to be released, or for the end of its pause.
    pub(super) fn wake(&mut self, key: &K, rank: Rank, trigger: Revision, now: Duration) {
        let state = self.states.entry(key.clone()).or_default();
        state.trigger = state.trigger.max(trigger);
        if state.busy || !state.barrier.is_empty() {
            state.dirty = true;
        } else if now < state.not_before {
            let until = state.not_before;
            self.set_due(key, until);
        } else {
            let place = state.queued.map_or((rank, self.sequence), |(_, sequence)| (rank, sequence));
            if let Some(old) = state.queued.replace(place) {
                self.ready.remove(&old);
            }
            self.sequence += 1;
            self.ready.insert(place, key.clone());
        }
    }

    /// Takes the next key to run; it is busy until [`Keys::finish`].
    pub(super) fn pop(&mut self) -> Option<K> {
        let (_, key) = self.ready.pop_first()?;
        let state = self.states.entry(key.clone()).or_default();
        (state.queued, state.dirty, state.busy) = (None, false, true);
        if let Some(due) = state.due.take() {
            self.timers.remove(&(due, key.clone()));
        }
        self.busy += 1;
        Some(key)
    }

    /// The pass of `key` and everything it planned is over. The key is held until `barrier` is covered
    /// (see [`Keys::release`]) and not run before `not_before`.
    pub(super) fn finish(&mut self, key: &K, outcome: Outcome, barrier: Vec<(Resource, Revision)>, now: Duration) {
        let Some(state) = self.states.get_mut(key) else { return };
        if state.busy {
            self.busy -= 1;
        }
        (state.busy, state.outcome) = (false, Some(outcome));
        let newest = newest(&barrier);
        (state.barrier, state.barrier_ends) = (barrier, now + LONGEST_BARRIER);
        self.held.insert((newest, key.clone()));
    }

    /// Keeps `key` from running before `until`.
    pub(super) fn pause(&mut self, key: &K, until: Duration) {
        if let Some(state) = self.states.get_mut(key) {
            state.not_before = state.not_before.max(until);
        }
    }

    /// Wakes `key` at `at`, or earlier where that is planned already.
    pub(super) fn set_due(&mut self, key: &K, at: Duration) {
        let state = self.states.entry(key.clone()).or_default();
        if state.due.is_some_and(|due| due <= at) {
            return;
        }
        if let Some(due) = state.due.replace(at) {
            self.timers.remove(&(due, key.clone()));
        }
        self.timers.insert((at, key.clone()));
    }

    /// The held keys whose own writes `world` contains; those of them that were woken meanwhile are answered.
    pub(super) fn release(&mut self, world: &World, now: Duration) -> Vec<K> {
        let mut woken = Vec::new();
        for key in self.due_for_release(world) {
            let Some(state) = self.states.get_mut(&key) else { continue };
            let timed_out = world.is_skewed() && now >= state.barrier_ends;
            state.barrier.retain(|(resource, revision)| !timed_out && !world.covers(resource, *revision));
            if !state.barrier.is_empty() {
                self.held.insert((newest(&state.barrier), key));
            } else if std::mem::take(&mut state.dirty) {
                woken.push(key);
            }
        }
        woken
    }

    /// Takes the held keys that `world` may release: those up to its revision, or all where kinds are skewed.
    fn due_for_release(&mut self, world: &World) -> Vec<K> {
        if world.is_skewed() {
            return std::mem::take(&mut self.held).into_iter().map(|(_, key)| key).collect();
        }
        let mut due = Vec::new();
        while self.held.first().is_some_and(|(revision, _)| *revision <= world.revision()) {
            due.extend(self.held.pop_first().map(|(_, key)| key));
        }
        due
    }

    /// Takes the keys whose time has come.
    pub(super) fn fire(&mut self, now: Duration) -> Vec<K> {
        let mut fired = Vec::new();
        while let Some((at, key)) = self.timers.pop_first() {
            if at > now {
                self.timers.insert((at, key));
                break;
            }
            if let Some(state) = self.states.get_mut(&key) {
                state.due = None;
            }
            fired.push(key);
        }
        fired
    }

    /// When something is to be done without being woken.
    pub(super) fn next_due(&self, world: &World) -> Option<Duration> {
        let timer = self.timers.first().map(|(at, _)| *at);
        if !world.is_skewed() {
            return timer;
        }
        let barriers = self.held.iter().filter_map(|(_, key)| self.states.get(key)).map(|state| state.barrier_ends);
        timer.into_iter().chain(barriers).min()
    }

    pub(super) fn state(&self, key: &K) -> Option<&KeyState> {
        self.states.get(key)
    }

    /// Keys that may run now.
    pub(super) fn ready(&self) -> usize {
        self.ready.len()
    }

    /// Keys whose plans are under way.
    pub(super) fn busy(&self) -> usize {
        self.busy
    }

    /// Whether nothing waits, runs or is held; timers do not count.
    pub(super) fn is_quiet(&self) -> bool {
        self.ready.is_empty() && self.busy == 0 && self.held.is_empty()
    }

    /// Forgets keys of which there is nothing to remember.
    pub(super) fn sweep(&mut self, now: Duration) {
        self.states.retain(|_, state| !state.is_idle(now));
    }
}

/// The newest revision of a barrier.
fn newest(barrier: &[(Resource, Revision)]) -> Revision {
    barrier.iter().map(|(_, revision)| *revision).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Feed;
    use crate::world::Schema;

    const NOW: Duration = Duration::from_secs(10);

    fn world_at(revision: u64) -> World {
        let mut world = World::new(&Schema::default());
        world.absorb(&Feed::Snapshot { resources: None, revision: Revision(revision), objects: vec![] });
        world
    }

    fn wake(keys: &mut Keys<u8>, key: u8, rank: i64) {
        keys.wake(&key, Rank(rank), Revision(1), NOW);
    }

    #[test]
    fn keys_run_once_lowest_rank_first_then_in_order() {
        let mut keys = Keys::default();
        for (key, rank) in [(1, 0), (2, -1), (3, 0), (1, 0)] {
            wake(&mut keys, key, rank);
        }
        let order: Vec<_> = std::iter::from_fn(|| keys.pop()).collect();
        assert_eq!(order, [2, 1, 3]);
    }

    #[test]
    fn a_busy_key_runs_again_only_when_the_world_holds_its_write() {
        let mut keys = Keys::default();
        wake(&mut keys, 1, 0);
        assert_eq!(keys.pop(), Some(1));
        wake(&mut keys, 1, 0);
        assert_eq!(keys.pop(), None, "one at a time");
        keys.finish(&1, Outcome::default(), vec![("pods".into(), Revision(5))], NOW);
        assert!(keys.release(&world_at(4), NOW).is_empty());
        assert!(!keys.is_quiet());
        assert_eq!(keys.release(&world_at(5), NOW), [1]);
    }

    #[test]
    fn a_paused_key_waits_for_its_time() {
        let mut keys = Keys::default();
        wake(&mut keys, 1, 0);
        keys.pop();
        keys.finish(&1, Outcome::default(), vec![], NOW);
        keys.pause(&1, NOW * 2);
        assert!(keys.release(&world_at(1), NOW).is_empty());
        wake(&mut keys, 1, 0);
        assert_eq!((keys.pop(), keys.next_due(&world_at(1))), (None, Some(NOW * 2)));
        assert_eq!(keys.fire(NOW * 2), [1]);
    }

    #[test]
    fn keys_without_anything_to_remember_are_forgotten() {
        let mut keys = Keys::default();
        for key in 0..3 {
            wake(&mut keys, key, 0);
            keys.pop();
            let attempts = u32::from(key == 2);
            keys.finish(&key, Outcome { intents: vec![], attempts }, vec![], NOW);
        }
        keys.release(&world_at(1), NOW);
        keys.sweep(NOW);
        assert_eq!(keys.states.len(), 1);
    }
}
