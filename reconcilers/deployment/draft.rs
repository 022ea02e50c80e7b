//! What a pass decides for the ReplicaSets, gathered: each is written at most once.

use std::collections::BTreeMap;

use kontiki_api::Text;
use kontiki_api::view::{Deployment, ReplicaSet};
use kontiki_runtime::plan::Intent;
use kontiki_runtime::world::Seen;
use serde_json::{Map, Value, json};

use super::annotations;
use super::limits::Limits;
use super::sets::size;
use crate::common::intents::{merge, normal};

/// Decisions of one pass over one Deployment.
pub(super) struct Draft<'w> {
    deployment: &'w Seen<Deployment>,
    limits: Limits,
    changes: BTreeMap<Text, Change<'w>>,
    events: Vec<Intent>,
}

struct Change<'w> {
    set: &'w Seen<ReplicaSet>,
    spec: Map<String, Value>,
    annotations: Map<String, Value>,
}

impl<'w> Draft<'w> {
    /// Nothing decided yet.
    pub fn new(deployment: &'w Seen<Deployment>, limits: Limits) -> Self {
        Self { deployment, limits, changes: BTreeMap::new(), events: Vec::new() }
    }

    /// The size that `set` has or was given.
    pub fn size(&self, set: &Seen<ReplicaSet>) -> i32 {
        let given = self.changes.get(set.name()).and_then(|change| change.spec.get("replicas")).and_then(Value::as_i64);
        given.and_then(|size| i32::try_from(size).ok()).unwrap_or_else(|| size(set))
    }

    /// Gives `set` the size `wanted`, and the annotations that sizing leaves. Whether its size changes.
    pub fn resize(&mut self, set: &'w Seen<ReplicaSet>, wanted: i32) -> bool {
        let before = self.size(set);
        let annotations = annotations::missing(&set.metadata, annotations::of_size(&self.limits));
        if before == wanted && annotations.is_empty() {
            return false;
        }
        self.annotate(set, annotations);
        if before != wanted {
            self.change(set).spec.insert("replicas".into(), json!(wanted));
            self.tell_scaling(set.name(), before, wanted);
        }
        before != wanted
    }

    /// Adds annotations to `set`.
    pub fn annotate(&mut self, set: &'w Seen<ReplicaSet>, annotations: Map<String, Value>) {
        if !annotations.is_empty() {
            self.change(set).annotations.extend(annotations);
        }
    }

    /// Sets `minReadySeconds` of `set`.
    pub fn set_min_ready(&mut self, set: &'w Seen<ReplicaSet>, seconds: i32) {
        if set.spec.min_ready_seconds != seconds {
            self.change(set).spec.insert("minReadySeconds".into(), json!(seconds));
        }
    }

    /// Tells that the ReplicaSet `name` goes from `before` to `after` pods.
    pub fn tell_scaling(&mut self, name: &str, before: i32, after: i32) {
        let way = if after > before { "up" } else { "down" };
        let message = format!("Scaled {way} replica set {name} from {before} to {after}");
        self.events.push(normal(self.deployment, "ScalingReplicaSet", message));
    }

    /// The writes it takes.
    pub fn into_intents(self) -> Vec<Intent> {
        let patches = self.changes.into_values().map(|change| {
            let mut body = Map::new();
            if !change.annotations.is_empty() {
                body.insert("metadata".into(), json!({ "annotations": change.annotations }));
            }
            if !change.spec.is_empty() {
                body.insert("spec".into(), change.spec.into());
            }
            merge(change.set.precondition(), body.into())
        });
        patches.chain(self.events).collect()
    }

    fn change(&mut self, set: &'w Seen<ReplicaSet>) -> &mut Change<'w> {
        let fresh = || Change { set, spec: Map::new(), annotations: Map::new() };
        self.changes.entry(set.name().clone()).or_insert_with(fresh)
    }
}
