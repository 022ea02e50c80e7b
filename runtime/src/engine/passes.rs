//! Passes of one reconciler: from waiting keys to plans, from outcomes to waiting keys.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use kontiki_api::meta::{Key, Resource, Revision};
use kontiki_api::request::Cause;
use kontiki_api::status::Reason;
use kontiki_api::time::Time;
use serde_json::{Value, json};

use super::backoff::backoff;
use super::effects::Effects;
use super::keys::Keys;
use super::lane::Lane;
use super::message::{EffectDone, Message, Settled};
use super::notes::{Figures, Note, Notes};
use super::options::Options;
use super::overlay::Overlay;
use crate::clock::Clock;
use crate::effect::{EffectPort, Never};
use crate::execute::{Executor, Identity, Job, address};
use crate::plan::{EventIntent, Intent, IntentOutcome, Next, Outcome, Plan, Stuck};
use crate::reconciler::{Pass, Reconciler, Seed, Serial};
use crate::record::{PassLine, Recorders, redact_intents};
use crate::world::{Delta, ObservedDelta, Schema, Triggers, World};

/// A pass of [`Serial::All`] aims to be no longer than this.
const BATCH_TIME: Duration = Duration::from_millis(10);
/// A key waits this many times as long as its last pass took.
const REST: u32 = 10;
/// Shorter rests are not kept.
const SHORTEST_REST: Duration = Duration::from_millis(1);
/// Idle keys are forgotten every so many passes.
const SWEEP_EVERY: u64 = 1024;

/// What a lane may use of its engine.
pub(super) struct Cx<'a> {
    pub(super) world: &'a mut World,
    pub(super) clock: &'a dyn Clock,
    pub(super) runtime: &'a tokio::runtime::Handle,
    pub(super) executor: &'a Executor,
    pub(super) inbox: &'a Sender<Message>,
    pub(super) recorders: &'a mut Recorders,
    pub(super) leader: u64,
}

/// A plan that is being carried out.
struct Planned<K> {
    keys: Vec<K>,
    intents: Arc<[Intent]>,
    /// Events, each with the place of the write that it tells of.
    events: Vec<(usize, EventIntent)>,
}

/// One reconciler with its queue, effects and assumptions.
pub(super) struct PassLane<R: Reconciler> {
    place: usize,
    reconciler: R,
    options: Options,
    identity: Arc<Identity>,
    triggers: Triggers<R::Key>,
    keys: Keys<R::Key>,
    effects: Effects<R::Key, R::Effect>,
    plans: BTreeMap<u64, Planned<R::Key>>,
    overlay: Overlay,
    batch: usize,
    passes: u64,
    notes: Notes,
    figures: Arc<Figures>,
}

impl<R: Reconciler> PassLane<R> {
    /// The `place`th lane of an engine.
    pub(super) fn new(
        place: usize,
        reconciler: R,
        port: Arc<dyn EffectPort<R::Effect>>,
        options: Options,
        triggers: Triggers<R::Key>,
        figures: Arc<Figures>,
    ) -> Self {
        // The effects of a pass belong to its key: a batch of several could not say whose is whose.
        let batched = R::SERIAL == Serial::All && TypeId::of::<R::Effect>() == TypeId::of::<Never>();
        let batch = if batched { options.batch.clamp(1, 16) } else { 1 };
        Self {
            place,
            reconciler,
            identity: Arc::new(options.identity.clone()),
            options: Options { batch: if batched { options.batch } else { 1 }, ..options },
            triggers,
            keys: Keys::default(),
            effects: Effects::new(port),
            plans: BTreeMap::new(),
            overlay: Overlay::default(),
            batch,
            passes: 0,
            notes: Notes::default(),
            figures,
        }
    }

    fn wake_keys(&mut self, world: &World, keys: Vec<R::Key>, trigger: Revision, now: Duration) {
        for key in keys {
            let rank = self.reconciler.rank(world, &key);
            self.keys.wake(&key, rank, trigger, now);
        }
        self.figures.waiting(self.keys.ready());
    }

    fn take_batch(&mut self) -> Vec<R::Key> {
        std::iter::from_fn(|| self.keys.pop()).take(self.batch).collect()
    }

    /// One call of `reconcile`; a panic of it is a fault of this pass only.
    fn decide(&self, world: &World, pass: &Pass<'_, R::Key, R::Effect>) -> Result<Plan<R::Effect>, Stuck> {
        let call = AssertUnwindSafe(|| self.reconciler.reconcile(world, pass));
        catch_unwind(call).unwrap_or_else(|panic| {
            let said = panic.downcast_ref::<String>().cloned();
            let said = said.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default();
            tracing::error!(reconciler = R::NAME, keys = ?pass.keys, said, "the reconciler panicked");
            Err(Stuck::Transient(format!("the reconciler panicked: {said}")))
        })
    }

    fn carry_out(&mut self, cx: &mut Cx<'_>, keys: Vec<R::Key>, plan: Plan<R::Effect>, now: Time, seed: Seed) -> Arc<[Intent]> {
        if let Some(owner) = keys.first() {
            self.effects.want(cx, self.place, owner, plan.effects);
        }
        if let Next::After(wait) = plan.next {
            let due = cx.clock.elapsed() + wait;
            keys.iter().for_each(|key| self.keys.set_due(key, due));
        }
        let (mut writes, mut events) = (Vec::with_capacity(plan.intents.len()), Vec::new());
        for intent in plan.intents {
            match (intent, writes.len().checked_sub(1)) {
                (Intent::Event(event), Some(write)) => events.push((write, event)),
                (Intent::Event(event), None) => cx.executor.tell(&self.identity, event),
                (write, _) => writes.push(write),
            }
        }
        let intents: Arc<[Intent]> = writes.into();
        if intents.is_empty() {
            let elapsed = cx.clock.elapsed();
            keys.iter().for_each(|key| self.keys.finish(key, Outcome::default(), Vec::new(), elapsed));
        } else {
            let planned = Planned { keys, intents: Arc::clone(&intents), events };
            self.dispatch(cx, planned, plan.atomic, now, seed);
        }
        intents
    }

    fn dispatch(&mut self, cx: &mut Cx<'_>, planned: Planned<R::Key>, atomic: bool, now: Time, seed: Seed) {
        let (plan, intents) = (self.passes, Arc::clone(&planned.intents));
        let causes = intents.iter().map(|intent| self.cause(cx.world.revision(), &planned.keys, intent, now)).collect();
        if R::SERIAL == Serial::All {
            for (at, intent) in intents.iter().enumerate() {
                self.overlay.assume(cx.world, intent, (plan, at), now, cx.executor.kinds());
            }
        }
        let first_id = u128::from(cx.leader) << 64 | u128::from(seed.number(plan) << 16);
        let identity = Arc::clone(&self.identity);
        let in_order = R::SERIAL == Serial::PerKey;
        let job = Job { identity, intents, causes, first_id, in_order, atomic };
        self.plans.insert(plan, planned);
        let (executor, inbox, lane) = (cx.executor.clone(), cx.inbox.clone(), self.place);
        cx.runtime.spawn(async move {
            let outcomes = executor.execute(&job).await;
            // The engine has gone where nobody listens: then nobody wants to know.
            let _ = inbox.send(Message::Settled(Settled { lane, plan, outcomes }));
        });
    }

    fn cause(&self, world: Revision, keys: &[R::Key], intent: &Intent, now: Time) -> Cause {
        let of_intent = if keys.len() > 1 { self.reconciler.key_of(intent) } else { None };
        let key = of_intent.as_ref().or(keys.first());
        let text = key.and_then(|key| serde_json::to_string(key).ok()).unwrap_or_default();
        let trigger = key.and_then(|key| self.keys.state(key)).map_or(world, |state| state.trigger);
        Cause::Pass { reconciler: R::NAME.into(), key: text.into(), world, trigger, now }
    }

    fn fail(&mut self, cx: &Cx<'_>, keys: &[R::Key], stuck: &Stuck, seed: Seed) {
        let now = cx.clock.elapsed();
        tracing::debug!(reconciler = R::NAME, ?keys, %stuck, "no plan");
        for key in keys {
            let attempts = self.attempts(key) + 1;
            self.keys.finish(key, Outcome { intents: Vec::new(), attempts }, Vec::new(), now);
            if matches!(stuck, Stuck::Transient(_)) {
                self.keys.set_due(key, now + backoff(attempts, seed.number(u64::from(attempts))));
            }
        }
    }

    fn attempts(&self, key: &R::Key) -> u32 {
        self.keys.state(key).and_then(|state| state.outcome.as_ref()).map_or(0, |outcome| outcome.attempts)
    }

    /// A key rests ten times as long as its share of a pass took; the next batch is as large as fits its time.
    fn pace(&mut self, keys: &[R::Key], started: Duration, took: Duration) {
        let count = u32::try_from(keys.len()).unwrap_or(u32::MAX).max(1);
        let each = took / count;
        if each * REST >= SHORTEST_REST {
            keys.iter().for_each(|key| self.keys.pause(key, started + each * REST));
        }
        let fitting = BATCH_TIME.as_nanos() / each.as_nanos().max(1);
        let fitting = usize::try_from(fitting).unwrap_or(usize::MAX).min(self.batch.saturating_mul(2));
        self.batch = fitting.clamp(1, self.options.batch);
    }

    fn settle_assumptions(&mut self, cx: &mut Cx<'_>, plan: u64, intents: &[Intent], outcomes: &[IntentOutcome]) {
        let kinds = cx.executor.kinds();
        let mut keys: Vec<Key> = Vec::new();
        let mut deltas = Vec::new();
        for (at, (intent, outcome)) in intents.iter().zip(outcomes).enumerate() {
            let Some(key) = address(intent, kinds) else { continue };
            match outcome {
                IntentOutcome::Committed(revision) => self.overlay.committed(&key, (plan, at), *revision),
                _ => deltas.extend(self.overlay.refused(cx.world, &key, (plan, at), kinds)),
            }
            keys.push(key);
        }
        self.overlay.settle(cx.world, keys.iter(), kinds);
        self.wake(cx.world, &deltas, cx.clock.elapsed());
    }

    fn settle_key(&mut self, cx: &Cx<'_>, key: &R::Key, intents: &[&Intent], outcomes: Vec<IntentOutcome>) {
        let now = cx.clock.elapsed();
        let barrier = barrier(cx, intents, &outcomes);
        let failed = outcomes.iter().any(|outcome| !matches!(outcome, IntentOutcome::Committed(_)));
        let attempts = if failed { self.attempts(key) + 1 } else { 0 };
        if failed {
            let dice = Seed(cx.leader).number(self.passes);
            let moved = intents.iter().zip(&outcomes).all(|(intent, outcome)| is_overtaken(cx.world, intent, outcome));
            let wait = if moved { Duration::ZERO } else { backoff(attempts, dice) };
            self.keys.set_due(key, now + wait);
        }
        self.keys.finish(key, Outcome { intents: outcomes, attempts }, barrier, now);
    }
}

/// What the World must contain before the key runs again.
fn barrier(cx: &Cx<'_>, intents: &[&Intent], outcomes: &[IntentOutcome]) -> Vec<(Resource, Revision)> {
    let kinds = cx.executor.kinds();
    let committed = intents.iter().zip(outcomes).filter_map(|(intent, outcome)| match outcome {
        IntentOutcome::Committed(revision) => Some((address(intent, kinds)?.resource, *revision)),
        _ => None,
    });
    let mut newest: BTreeMap<Resource, Revision> = BTreeMap::new();
    for (resource, revision) in committed {
        let at = newest.entry(resource).or_default();
        *at = revision.max(*at);
    }
    newest.into_iter().filter(|(resource, revision)| !cx.world.covers(resource, *revision)).collect()
}

/// Whether the intent went through or failed only because its object has changed, and that change is in the World by now.
fn is_overtaken(world: &World, intent: &Intent, outcome: &IntentOutcome) -> bool {
    let on = match intent {
        Intent::Patch { on, .. } | Intent::Replace { on, .. } | Intent::Delete { on, .. } | Intent::Post { on, .. } => on,
        _ => return matches!(outcome, IntentOutcome::Committed(_) | IntentOutcome::Skipped),
    };
    match outcome {
        IntentOutcome::Committed(_) | IntentOutcome::Skipped => true,
        IntentOutcome::Refused(status) if matches!(status.reason, Reason::Conflict | Reason::NotFound) => {
            let held = world.object(&on.key);
            held.is_none_or(|held| held.head.uid != on.uid || on.revision.is_some_and(|revision| revision != held.revision))
        }
        IntentOutcome::Refused(_) | IntentOutcome::Unknown => false,
    }
}

impl<R: Reconciler> Lane for PassLane<R> {
    fn name(&self) -> &'static str {
        R::NAME
    }

    fn schema(&self) -> &Schema {
        self.triggers.schema()
    }

    fn wake(&mut self, world: &World, deltas: &[Delta], now: Duration) {
        for delta in deltas {
            let state = delta.after.as_ref().or(delta.before.as_ref());
            let trigger = state.map_or(Revision::ZERO, |object| object.revision).max(world.revision());
            let woken = catch_unwind(AssertUnwindSafe(|| self.triggers.woken(world, delta)));
            match woken {
                Ok(keys) => self.wake_keys(world, keys, trigger, now),
                Err(_) => tracing::error!(reconciler = R::NAME, key = %delta.key, "a trigger panicked"),
            }
        }
    }

    fn wake_observed(&mut self, world: &World, delta: &ObservedDelta, now: Duration) {
        let keys = self.triggers.woken_by_observation(world, delta);
        self.wake_keys(world, keys, world.revision(), now);
    }

    fn tick(&mut self, world: &World, now: Duration) {
        let mut keys = self.keys.release(world, now);
        keys.extend(self.keys.fire(now));
        self.wake_keys(world, keys, Revision::ZERO, now);
    }

    fn next_due(&self, world: &World) -> Option<Duration> {
        self.keys.next_due(world)
    }

    fn is_runnable(&self) -> bool {
        self.keys.ready() > 0 && self.plans.len() < self.options.in_flight
    }

    fn run(&mut self, cx: &mut Cx<'_>) {
        let keys = self.take_batch();
        if keys.is_empty() {
            return;
        }
        self.passes += 1;
        let (now, started) = (cx.clock.now(), cx.clock.elapsed());
        let text = match &keys[..] {
            [key] => serde_json::to_string(key),
            keys => serde_json::to_string(keys),
        };
        let text = text.unwrap_or_default();
        let seed = Seed::of_pass(cx.leader, R::NAME, &text, cx.world.revision());
        let known = |key: &R::Key| Some((key.clone(), self.keys.state(key)?.outcome.clone()?));
        let outcomes: BTreeMap<_, _> = keys.iter().filter_map(known).collect();
        let effects = self.effects.of(keys.iter());
        let pass = Pass { keys: &keys, now, seed, outcomes: &outcomes, effects: &effects };
        let result = self.decide(cx.world, &pass);
        let took = cx.clock.elapsed().saturating_sub(started);
        if cx.recorders.want(R::NAME) {
            cx.recorders.pass(&PassLine::of::<R>(cx.world, &pass, &self.overlay.shown(cx.world), &result));
        }
        self.pace(&keys, started, took);
        self.figures.passed(took, result.is_err());
        let plan = self.passes;
        let (intents, error): (Arc<[Intent]>, _) = match result {
            Ok(plan) => (self.carry_out(cx, keys, plan, now, seed), None),
            Err(stuck) => {
                self.fail(cx, &keys, &stuck, seed);
                ([].into(), Some(stuck.to_string()))
            }
        };
        self.notes.push(Note { plan, keys: text, at: now, took, intents, error, outcomes: Vec::new() });
        self.figures.waiting(self.keys.ready());
        if self.passes.is_multiple_of(SWEEP_EVERY) {
            self.keys.sweep(started);
        }
    }

    fn settle(&mut self, cx: &mut Cx<'_>, settled: Settled) {
        let Some(mut planned) = self.plans.remove(&settled.plan) else { return };
        for (write, event) in std::mem::take(&mut planned.events) {
            if matches!(settled.outcomes.get(write), Some(IntentOutcome::Committed(_))) {
                cx.executor.tell(&self.identity, event);
            }
        }
        self.figures.settled(&settled.outcomes);
        self.notes.settle(settled.plan, &settled.outcomes);
        if R::SERIAL == Serial::All {
            self.settle_assumptions(cx, settled.plan, &planned.intents, &settled.outcomes);
        }
        let owners: Vec<Option<R::Key>> = match planned.keys.len() {
            1 => vec![None; planned.intents.len()],
            _ => planned.intents.iter().map(|intent| self.reconciler.key_of(intent)).collect(),
        };
        for key in &planned.keys {
            let own = owners.iter().enumerate().filter(|(_, owner)| owner.as_ref().is_none_or(|owner| owner == key));
            let pairs = own.filter_map(|(at, _)| Some((planned.intents.get(at)?, settled.outcomes.get(at)?.clone())));
            let (intents, outcomes): (Vec<_>, Vec<_>) = pairs.unzip();
            self.settle_key(cx, key, &intents, outcomes);
        }
    }

    fn effect_done(&mut self, cx: &Cx<'_>, done: &EffectDone) {
        if let Some(owner) = self.effects.done(done) {
            self.wake_keys(cx.world, vec![owner], cx.world.revision(), cx.clock.elapsed());
        }
    }

    fn overlay(&mut self) -> Option<&mut Overlay> {
        (R::SERIAL == Serial::All).then_some(&mut self.overlay)
    }

    fn is_quiet(&self) -> bool {
        self.keys.is_quiet() && self.effects.is_quiet()
    }

    fn debug(&self) -> Value {
        json!({
            "name": R::NAME, "queue": self.keys.ready(), "busy": self.keys.busy(), "effects": self.effects.len(),
            "plans": self.plans.len(), "passes": self.passes, "last": self.notes.to_json(redact_intents),
        })
    }
}
