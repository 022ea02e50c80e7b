//! Runs recordings again.

use std::collections::BTreeMap;
use std::io::{self, BufRead};

use kontiki_api::kind::Kinds;
use kontiki_api::object::{Draft, Object};
use serde::Deserialize;
use serde_json::Value;

use super::line::{FORMAT, Line, PassLine, RecordedObject, plan_json};
use crate::client::{Changed, Feed};
use crate::effect::{Effect, EffectState};
use crate::plan::Outcome;
use crate::reconciler::{Pass, Reconciler};
use crate::world::{Schema, Triggers, World};

type Rerun = Box<dyn Fn(&World, &PassLine) -> Result<Value, serde_json::Error> + Send + Sync>;

/// The reconcilers that recordings may name.
#[derive(Default)]
pub struct Registry {
    schema: Schema,
    reconcilers: BTreeMap<&'static str, Rerun>,
}

impl Registry {
    /// Adds a reconciler.
    #[must_use]
    pub fn with<R: Reconciler>(mut self, reconciler: R) -> Self {
        let mut triggers = Triggers::default();
        R::triggers(&mut triggers);
        self.schema.merge(triggers.schema());
        self.reconcilers.insert(R::NAME, Box::new(move |world, line| rerun(&reconciler, world, line)));
        self
    }
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.reconcilers.keys()).finish()
    }
}

/// What a replay did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Lines read.
    pub lines: usize,
    /// Passes run again, each with the recorded plan.
    pub passes: usize,
    /// Passes of reconcilers that are not registered.
    pub skipped: usize,
}

/// Why a replay ended early.
#[derive(Debug, thiserror::Error)]
pub enum Divergence {
    /// A pass decided otherwise.
    #[error("line {line}, pass {pass}: {reconciler} {keys} decides otherwise at {at}\nrecorded: {recorded}\nnow:      {now}")]
    Plan {
        /// Where in the recording.
        line: usize,
        /// Which reconciler.
        reconciler: String,
        /// The pass's number among those run again.
        pass: usize,
        /// Which keys.
        keys: Box<Value>,
        /// Where in the plan, as a JSON pointer.
        at: String,
        /// What the recorded plan has there; null for nothing.
        recorded: Box<Value>,
        /// What the plan of now has there.
        now: Box<Value>,
    },
    /// A line does not read.
    #[error("line {line} does not read")]
    Line {
        /// Where in the recording.
        line: usize,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
    /// The recording has another format.
    #[error("the recording has format {found}, this version reads {FORMAT}")]
    Format {
        /// The recording's.
        found: u32,
    },
    /// The recording cannot be read.
    #[error("the recording cannot be read")]
    Read(#[from] io::Error),
}

/// How the reconcilers of a recording were set up, from its first line.
///
/// # Errors
/// Where the line does not read.
pub fn setup(first: &str) -> Result<Value, Divergence> {
    match serde_json::from_str(first).map_err(|source| Divergence::Line { line: 1, source })? {
        Line::Start { setup, .. } => Ok(setup),
        _ => Ok(Value::Null),
    }
}

/// Runs the passes of a recording again; ends at the first plan that differs.
///
/// # Errors
/// [`Divergence`].
pub fn replay(recording: impl BufRead, registry: &Registry) -> Result<Summary, Divergence> {
    let mut replay =
        Replay { world: World::new(&registry.schema), registry, kinds: Kinds::builtin(), summary: Summary::default() };
    for (at, text) in recording.lines().enumerate() {
        let line = at + 1;
        let read = serde_json::from_str(&text?).map_err(|source| Divergence::Line { line, source })?;
        replay.summary.lines = line;
        replay.take(line, read)?;
    }
    Ok(replay.summary)
}

struct Replay<'a> {
    world: World,
    registry: &'a Registry,
    kinds: Kinds,
    summary: Summary,
}

impl Replay<'_> {
    fn take(&mut self, line: usize, read: Line) -> Result<(), Divergence> {
        match read {
            Line::Start { format: FORMAT, .. } => {}
            Line::Start { format, .. } => return Err(Divergence::Format { found: format }),
            Line::Snapshot { resources, revision, time, objects } => {
                self.world.set_time(time);
                let objects = objects.into_iter().map(|object| self.object(object)).collect();
                self.world.absorb(&Feed::Snapshot { resources, revision, objects });
            }
            Line::Changes { revision, time, changes } => {
                let changed = |(object, deleted)| Changed { object: self.object(object), deleted };
                let changes = changes.into_iter().map(changed).collect();
                self.world.absorb(&Feed::Changes { revision, time, changes });
            }
            Line::Progress { resources, revision } => {
                self.world.absorb(&Feed::Progress { resources, revision });
            }
            Line::Observed(value) => self.observe(line, &value)?,
            Line::Pass(pass) => self.pass(line, &pass)?,
        }
        Ok(())
    }

    fn observe(&mut self, line: usize, value: &Value) -> Result<(), Divergence> {
        if let Some(observation) = self.registry.schema.read_observation(value) {
            observation.map_err(|source| Divergence::Line { line, source })?.apply(&mut self.world);
        }
        Ok(())
    }

    fn pass(&mut self, line: usize, pass: &PassLine) -> Result<(), Divergence> {
        let Some(rerun) = self.registry.reconcilers.get(&*pass.reconciler) else {
            self.summary.skipped += 1;
            return Ok(());
        };
        let real: Vec<_> = pass.assumed.iter().map(|object| (&object.key, self.world.object(&object.key).cloned())).collect();
        for object in &pass.assumed {
            let object = self.object(object.clone());
            self.world.put(&object);
        }
        let now = rerun(&self.world, pass).map_err(|source| Divergence::Line { line, source })?;
        for (key, object) in real {
            match object {
                Some(object) => drop(self.world.put(&object)),
                None => drop(self.world.remove(key)),
            }
        }
        self.summary.passes += 1;
        if now == pass.plan {
            return Ok(());
        }
        let (at, recorded, now) = first_difference(&pass.plan, &now);
        let (recorded, now) = (Box::new(recorded.clone()), Box::new(now.clone()));
        let (reconciler, keys) = (pass.reconciler.clone(), Box::new(pass.keys.clone()));
        Err(Divergence::Plan { line, reconciler, pass: self.summary.passes, keys, at, recorded, now })
    }

    fn object(&self, recorded: RecordedObject) -> std::sync::Arc<Object> {
        let text = |name| recorded.object.get(name).and_then(Value::as_str).unwrap_or_default();
        let fields = self.kinds.by_kind(text("apiVersion"), text("kind")).map(|row| row.field_pointers()).unwrap_or_default();
        Draft::new(recorded.key, recorded.object, &fields).at(recorded.revision)
    }
}

/// Where two values first differ, as deep as can be told: the pointer and both parts.
fn first_difference<'a>(recorded: &'a Value, now: &'a Value) -> (String, &'a Value, &'a Value) {
    let below = |step: String, recorded: &'a Value, now: &'a Value| {
        let (at, recorded, now) = first_difference(recorded, now);
        (format!("/{step}{at}"), recorded, now)
    };
    match (recorded, now) {
        (Value::Object(a), Value::Object(b)) => {
            let names = a.keys().chain(b.keys().filter(|name| !a.contains_key(*name)));
            let pairs = names.map(|name| (name, a.get(name).unwrap_or(&Value::Null), b.get(name).unwrap_or(&Value::Null)));
            let mut different = pairs.filter(|(_, a, b)| a != b);
            different.next().map_or((String::new(), recorded, now), |(name, a, b)| below(name.clone(), a, b))
        }
        (Value::Array(a), Value::Array(b)) => {
            let part = |list: &'a [Value], at: usize| list.get(at).unwrap_or(&Value::Null);
            let different = (0..a.len().max(b.len())).find(|at| part(a, *at) != part(b, *at));
            different.map_or((String::new(), recorded, now), |at| below(at.to_string(), part(a, at), part(b, at)))
        }
        _ => (String::new(), recorded, now),
    }
}

fn rerun<R: Reconciler>(reconciler: &R, world: &World, line: &PassLine) -> Result<Value, serde_json::Error> {
    let keys = Vec::<R::Key>::deserialize(&line.keys)?;
    let outcomes: BTreeMap<R::Key, Outcome> = Vec::deserialize(&line.outcomes)?.into_iter().collect();
    let effects: Vec<(R::Effect, EffectState)> = Vec::deserialize(&line.effects)?;
    let effects = effects.into_iter().map(|(effect, state)| (effect.key(), (effect, state))).collect();
    let pass = Pass { keys: &keys, now: line.now, seed: line.seed, outcomes: &outcomes, effects: &effects };
    Ok(plan_json(&reconciler.reconcile(world, &pass)))
}
