//! One reconciler on a cluster in memory, step by step and from one seed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use kontiki_api::meta::{Key, Resource, Revision};
use kontiki_api::object::Object;
use kontiki_api::request::{Cause, PatchType, RequestId};
use kontiki_api::status::Status;
use kontiki_api::time::Time;
use serde_json::{Value, json};

use super::MemoryCluster;
use crate::client::{Changed, Feed};
use crate::effect::{Effect, EffectState};
use crate::execute::{Addressing, Identity, address, request};
use crate::plan::{Intent, IntentOutcome, Next, Outcome, Plan, Stuck};
use crate::reconciler::{Pass, Reconciler, Seed};
use crate::world::{AnyObservation, Delta, Triggers, World};

/// Work that never ends is a fault; this much is more than any scenario needs.
const MOST_PASSES: usize = 20_000;
/// How often waiting keys are woken by time before the rest counts as rest.
const MOST_WAKES: usize = 200;

/// How changes arrive and what goes wrong.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weather {
    pub(super) seed: u64,
    /// Collections arrive independently of each other.
    pub(super) skewed: bool,
    /// Of a hundred intents, before how many the process dies.
    pub(super) crashes: u64,
}

type React<'a> = dyn Fn(&mut MemoryCluster) + Send + Sync + 'a;
pub(super) type Simulate<'a, E> = dyn Fn(&World, &E) -> Vec<Box<dyn AnyObservation>> + Send + Sync + 'a;

/// Accepted effects: who wants them, and where they stand.
type Accepted<K, E> = BTreeMap<<E as Effect>::Key, (K, E, EffectState)>;

/// Everything around the reconciler.
pub(super) struct Stage<'a, R: Reconciler> {
    pub(super) cluster: MemoryCluster,
    reconciler: &'a R,
    react: &'a React<'a>,
    simulate: &'a Simulate<'a, R::Effect>,
    weather: Weather,
    dice: u64,
    triggers: Triggers<R::Key>,
    pub(super) world: World,
    /// Everything observed so far, as recordings write it: the outside outlives the process.
    outside: Vec<Value>,
    delivered: BTreeMap<Resource, Revision>,
    queue: BTreeSet<R::Key>,
    barriers: BTreeMap<R::Key, Vec<(Resource, Revision)>>,
    outcomes: BTreeMap<R::Key, Outcome>,
    effects: Accepted<R::Key, R::Effect>,
    timers: BTreeMap<R::Key, Time>,
    requests: u128,
    passes: usize,
}

impl<'a, R: Reconciler> Stage<'a, R> {
    pub(super) fn new(
        reconciler: &'a R,
        react: &'a React<'a>,
        simulate: &'a Simulate<'a, R::Effect>,
        outside: Vec<Value>,
        weather: Weather,
    ) -> Self {
        let mut triggers = Triggers::default();
        R::triggers(&mut triggers);
        let world = World::new(triggers.schema());
        let mut stage = Self {
            cluster: MemoryCluster::default(),
            reconciler,
            react,
            simulate,
            weather,
            dice: weather.seed,
            triggers,
            world,
            outside,
            delivered: BTreeMap::new(),
            queue: BTreeSet::new(),
            barriers: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            effects: BTreeMap::new(),
            timers: BTreeMap::new(),
            requests: u128::from(weather.seed) << 64,
            passes: 0,
        };
        stage.restart();
        stage
    }

    /// The process dies and starts again: all is forgotten but the cluster and what is outside.
    pub(super) fn restart(&mut self) {
        self.world = World::new(self.triggers.schema());
        self.world.set_time(self.cluster.now());
        (self.queue, self.barriers, self.outcomes) = Default::default();
        (self.effects, self.timers, self.delivered) = Default::default();
        let objects: Vec<Arc<Object>> = self.cluster.objects().cloned().collect();
        let revision = self.cluster.revision();
        let feeds = if self.weather.skewed {
            let known: BTreeSet<Resource> = self.cluster.kinds().iter().map(|row| row.resource.clone()).collect();
            known.into_iter().map(|resource| snapshot(Some(resource), revision, &objects)).collect()
        } else {
            vec![snapshot(None, revision, &objects)]
        };
        for feed in feeds {
            let deltas = self.world.absorb(&feed);
            self.wake(&deltas);
            if let Feed::Snapshot { resources: Some(resources), revision, .. } = feed {
                self.delivered.extend(resources.into_iter().map(|resource| (resource, revision)));
            }
        }
        let read = |value| self.triggers.schema().read_observation(value);
        let seen: Vec<_> = self.outside.iter().filter_map(read).filter_map(Result::ok).collect();
        seen.into_iter().for_each(|observation| self.observe(observation));
    }

    /// The effects that are wanted now.
    pub(super) fn wanted(&self) -> impl Iterator<Item = &R::Effect> {
        self.effects.values().map(|(_, effect, _)| effect)
    }

    fn observe(&mut self, observation: Box<dyn AnyObservation>) {
        let delta = observation.apply(&mut self.world);
        self.queue.extend(self.triggers.woken_by_observation(&self.world, &delta));
    }

    /// Runs until nothing is left to do, with time passing as keys ask for it.
    pub(super) fn settle(&mut self) -> Result<(), String> {
        let mut wakes = 0;
        loop {
            while self.step()? {}
            let before = self.cluster.revision();
            (self.react)(&mut self.cluster);
            if self.cluster.revision() > before {
                continue;
            }
            let Some((key, at)) = self.timers.iter().min_by_key(|(_, at)| **at).map(|(key, at)| (key.clone(), *at)) else {
                return Ok(());
            };
            if wakes == MOST_WAKES {
                return Ok(());
            }
            wakes += 1;
            self.cluster.pass_time(at.since(self.cluster.now()));
            self.timers.remove(&key);
            self.queue.insert(key);
        }
    }

    /// Every key, once more on a fresh World: none may plan anything, nor want other effects.
    pub(super) fn is_at_rest(&mut self) -> Result<(), String> {
        let keys: BTreeSet<R::Key> = {
            let effects = std::mem::take(&mut self.effects);
            self.restart();
            self.effects = effects;
            std::mem::take(&mut self.queue)
        };
        for key in keys {
            let Ok(plan) = self.decide(&key) else { continue };
            if let Some(intent) = plan.intents.first() {
                return Err(format!("a second pass for {key:?} still plans {intent:?}"));
            }
            let held = self.effects.values().filter(|(owner, ..)| *owner == key).map(|(_, effect, _)| effect);
            if held.clone().count() != plan.effects.len() || !held.clone().all(|effect| plan.effects.contains(effect)) {
                let held: Vec<_> = held.collect();
                return Err(format!("a second pass for {key:?} wants {:?} rather than {held:?}", plan.effects));
            }
        }
        if self.world.indexes_are_sound(self.triggers.schema()) {
            Ok(())
        } else {
            Err("an index differs from a rebuilt one".into())
        }
    }

    /// Delivers a change or runs a pass, as the dice have it; false where neither is left.
    fn step(&mut self) -> Result<bool, String> {
        let changes = self.pending();
        let world = &self.world;
        self.barriers.retain(|_, barrier| !barrier.iter().all(|(resource, revision)| world.covers(resource, *revision)));
        let runnable: Vec<R::Key> = self.queue.iter().filter(|key| !self.barriers.contains_key(key)).cloned().collect();
        let deliver = !changes.is_empty() && (runnable.is_empty() || self.roll(2) == 0);
        if deliver {
            let at = self.roll(changes.len());
            let Some((revision, changed)) = changes.into_iter().nth(at) else { return Ok(true) };
            self.deliver(revision, changed);
            return Ok(true);
        }
        let at = self.roll(runnable.len());
        let Some(key) = runnable.into_iter().nth(at) else { return Ok(self.bookmark()) };
        self.passes += 1;
        if self.passes > MOST_PASSES {
            return Err(format!("still at work after {MOST_PASSES} passes, now for {key:?}"));
        }
        self.pass(&key);
        Ok(true)
    }

    /// The next change to deliver: one, or where kinds are skewed one per collection.
    fn pending(&self) -> Vec<(Revision, Changed)> {
        if !self.weather.skewed {
            return self.cluster.changes_after(self.world.revision()).take(1).cloned().collect();
        }
        let mut first: BTreeMap<&Resource, &(Revision, Changed)> = BTreeMap::new();
        for change in self.cluster.changes_after(Revision::ZERO) {
            let resource = &change.1.object.key.resource;
            if self.delivered.get(resource).is_none_or(|seen| *seen < change.0) {
                first.entry(resource).or_insert(change);
            }
        }
        first.into_values().cloned().collect()
    }

    /// Where kinds are skewed: tells the World that each is complete; false where it knows.
    fn bookmark(&mut self) -> bool {
        let revision = self.cluster.revision();
        let behind: Vec<Resource> =
            self.delivered.iter().filter(|(_, seen)| **seen < revision).map(|(resource, _)| resource.clone()).collect();
        if behind.is_empty() {
            return false;
        }
        self.delivered.values_mut().for_each(|seen| *seen = revision);
        self.world.absorb(&Feed::Progress { resources: Some(behind), revision });
        true
    }

    fn deliver(&mut self, revision: Revision, changed: Changed) {
        self.delivered.insert(changed.object.key.resource.clone(), revision);
        let deltas = self.world.absorb(&Feed::Changes { revision, time: self.cluster.now(), changes: vec![changed] });
        self.wake(&deltas);
    }

    fn wake(&mut self, deltas: &[Delta]) {
        for delta in deltas {
            self.queue.extend(self.triggers.woken(&self.world, delta));
        }
    }

    fn decide(&self, key: &R::Key) -> Result<Plan<R::Effect>, Stuck> {
        let keys = [key.clone()];
        let text = serde_json::to_string(key).unwrap_or_default();
        let seed = Seed::of_pass(self.weather.seed, R::NAME, &text, self.world.revision());
        let owned = self.effects.iter().filter(|(_, (owner, ..))| owner == key);
        let effects = owned.map(|(at, (_, effect, state))| (at.clone(), (effect.clone(), state.clone()))).collect();
        let pass = Pass { keys: &keys, now: self.cluster.now(), seed, outcomes: &self.outcomes, effects: &effects };
        self.reconciler.reconcile(&self.world, &pass)
    }

    fn pass(&mut self, key: &R::Key) {
        self.queue.remove(key);
        self.timers.remove(key);
        match self.decide(key) {
            Ok(plan) => self.carry_out(key, plan),
            Err(stuck) => {
                let outcome = self.outcomes.entry(key.clone()).or_default();
                *outcome = Outcome { intents: Vec::new(), attempts: outcome.attempts + 1 };
                if let Stuck::Transient(_) = stuck {
                    self.timers.insert(key.clone(), self.cluster.now().plus(Duration::from_secs(1)));
                }
            }
        }
    }

    fn carry_out(&mut self, key: &R::Key, plan: Plan<R::Effect>) {
        if let Next::After(wait) = plan.next {
            self.timers.insert(key.clone(), self.cluster.now().plus(wait));
        }
        let (mut outcomes, mut barrier, mut refused) = (Vec::new(), Vec::new(), false);
        for intent in plan.intents.iter().filter(|intent| !matches!(intent, Intent::Event(_))) {
            if self.roll(100) < usize::try_from(self.weather.crashes).unwrap_or(0) {
                self.restart();
                return;
            }
            let outcome = if refused { IntentOutcome::Skipped } else { self.write(intent) };
            if let (IntentOutcome::Committed(revision), Some(about)) = (&outcome, address(intent, self.cluster.kinds())) {
                barrier.push((about.resource, *revision));
            }
            refused |= !matches!(outcome, IntentOutcome::Committed(_));
            outcomes.push(outcome);
        }
        let attempts = if refused { self.outcomes.get(key).map_or(0, |outcome| outcome.attempts) + 1 } else { 0 };
        if refused {
            self.timers.insert(key.clone(), self.cluster.now().plus(Duration::from_secs(1)));
        }
        self.outcomes.insert(key.clone(), Outcome { intents: outcomes, attempts });
        if !barrier.is_empty() {
            self.barriers.insert(key.clone(), barrier);
        }
        self.want(key, plan.effects);
    }

    fn want(&mut self, owner: &R::Key, effects: Vec<R::Effect>) {
        let wanted: BTreeSet<_> = effects.iter().map(Effect::key).collect();
        self.effects.retain(|at, (by, ..)| by != owner || wanted.contains(at));
        for effect in effects {
            let at = effect.key();
            if self.effects.get(&at).is_some_and(|(_, held, _)| *held == effect) {
                continue;
            }
            for observation in (self.simulate)(&self.world, &effect) {
                self.outside.push(observation.to_json());
                self.observe(observation);
            }
            self.effects.insert(at, (owner.clone(), effect, EffectState::Done));
            self.queue.insert(owner.clone());
        }
    }

    fn write(&mut self, intent: &Intent) -> IntentOutcome {
        self.requests += 1;
        let identity = Identity::controller(R::NAME);
        let token = match intent {
            Intent::IssueToken { on, .. } => {
                let body = json!({"data": {"token": "c2lnbmVk", "ca.crt": "UEVN", "namespace": "bnM="}});
                Some(Intent::Patch { on: on.clone(), subresource: "".into(), r#type: PatchType::Merge, body })
            }
            _ => None,
        };
        let from = Addressing { identity: &identity, cause: Cause::System, id: RequestId(self.requests) };
        let request = request(token.as_ref().unwrap_or(intent), &Arc::clone(self.cluster.kinds()), from);
        let answer = match request {
            Ok(Some(request)) => self.cluster.call(&request),
            Ok(None) => Err(Status::internal("an intent without a request")),
            Err(status) => Err(status),
        };
        match answer {
            Ok(answer) => IntentOutcome::Committed(answer.revision.unwrap_or_default()),
            Err(status) => IntentOutcome::Refused(status),
        }
    }

    fn roll(&mut self, sides: usize) -> usize {
        self.dice = Seed(self.dice).number(1);
        usize::try_from(self.dice % (sides.max(1) as u64)).unwrap_or(0)
    }
}

fn snapshot(resource: Option<Resource>, revision: Revision, objects: &[Arc<Object>]) -> Feed {
    let of = |key: &Key| resource.as_ref().is_none_or(|resource| key.resource == *resource);
    let objects = objects.iter().filter(|object| of(&object.key)).cloned().collect();
    Feed::Snapshot { resources: resource.map(|resource| vec![resource]), revision, objects }
}
