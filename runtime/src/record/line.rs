//! The lines of a recording.

use std::sync::Arc;

use kontiki_api::meta::{Key, Resource, Revision};
use kontiki_api::object::Object;
use kontiki_api::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::effect::Effect;
use crate::plan::{Plan, Stuck};
use crate::reconciler::{Pass, Reconciler, Seed};
use crate::world::World;

/// The format written; others are refused.
pub const FORMAT: u32 = 1;

/// One line.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// The first line.
    Start {
        /// [`FORMAT`].
        format: u32,
        /// When recording began.
        time: Time,
        /// How the reconcilers were set up, as whoever records them sees fit; null for nothing to tell.
        #[serde(default, skip_serializing_if = "Value::is_null")]
        setup: Value,
    },
    /// Collections as a whole.
    Snapshot {
        /// Which; absent for all.
        resources: Option<Vec<Resource>>,
        /// As of.
        revision: Revision,
        /// When it was taken in.
        #[serde(default)]
        time: Time,
        /// The objects.
        objects: Vec<RecordedObject>,
    },
    /// The changes of one commit or event.
    Changes {
        /// Its end.
        revision: Revision,
        /// Its time.
        time: Time,
        /// Each object and whether it is gone.
        changes: Vec<(RecordedObject, bool)>,
    },
    /// Nothing else changed up to here.
    Progress {
        /// In which collections; absent for all.
        resources: Option<Vec<Resource>>,
        /// Up to.
        revision: Revision,
    },
    /// An observation: its kind and `seen`, `gone` or `relisted`.
    Observed(Value),
    /// A pass.
    Pass(Box<PassLine>),
}

/// An object with its key and revision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordedObject {
    /// Its key.
    pub key: Key,
    /// Its revision.
    pub revision: Revision,
    /// Its JSON, without `resourceVersion`.
    pub object: Value,
}

/// One pass: what it knew and what it decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PassLine {
    /// The reconciler.
    pub reconciler: String,
    /// Its keys.
    pub keys: Value,
    /// The World's revision.
    pub world: Revision,
    /// The World's observation number.
    pub observation: u64,
    /// Its time.
    pub now: Time,
    /// Its seed.
    pub seed: Seed,
    /// Pairs of key and outcome.
    pub outcomes: Value,
    /// Pairs of effect and state.
    pub effects: Value,
    /// Objects it assumed to be so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub assumed: Vec<RecordedObject>,
    /// The plan, or `{"stuck": …}`.
    pub plan: Value,
}

impl PassLine {
    /// The line of a pass, not redacted yet.
    pub(crate) fn of<R: Reconciler>(
        world: &World,
        pass: &Pass<'_, R::Key, R::Effect>,
        assumed: &[&Arc<Object>],
        result: &Result<Plan<R::Effect>, Stuck>,
    ) -> Self {
        let outcomes: Vec<_> = pass.outcomes.iter().collect();
        let effects: Vec<_> = pass.effects.values().collect();
        Self {
            reconciler: R::NAME.into(),
            keys: json!(pass.keys),
            world: world.revision(),
            observation: world.observation(),
            now: pass.now,
            seed: pass.seed,
            outcomes: json!(outcomes),
            effects: json!(effects),
            assumed: assumed.iter().map(|object| RecordedObject::of(object)).collect(),
            plan: plan_json(result),
        }
    }
}

/// A decision as recordings write it.
pub(super) fn plan_json<E: Effect>(result: &Result<Plan<E>, Stuck>) -> Value {
    match result {
        Ok(plan) => json!(plan),
        Err(stuck) => json!({ "stuck": stuck }),
    }
}

impl RecordedObject {
    /// As recordings write it, not redacted yet.
    pub(crate) fn of(object: &Object) -> Self {
        let value = serde_json::from_slice(&object.value.whole()).unwrap_or(Value::Null);
        Self { key: object.key.clone(), revision: object.revision, object: value }
    }
}
