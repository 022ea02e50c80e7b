//! The suite that every reconciler passes.

use kontiki_api::meta::Key;
use kontiki_api::object::Object;
use kontiki_api::status::Status;
use serde_json::{Value, json};

use super::stage::{Simulate, Stage, Weather};
use super::{MemoryCluster, Scenario, Step};
use crate::effect::Effect;
use crate::observe::Observed;
use crate::reconciler::{Reconciler, Seed};
use crate::world::{AnyObservation, World};

/// Orders tried per scenario.
const ORDERS: u64 = 6;
/// Of a hundred intents, before how many the process dies in the runs with crashes.
const CRASHES: u64 = 20;

/// Runs scenarios against one reconciler and checks what must hold of any: it comes to rest and a
/// second pass plans nothing; any order of changes, also with kinds skewed against each other, and a crash before
/// any intent lead to the same cluster and the same wanted effects; deleting everything leaves nothing; indexes equal rebuilt ones.
pub struct Suite<R: Reconciler> {
    reconciler: R,
    react: Vec<Box<dyn Fn(&mut MemoryCluster) + Send + Sync>>,
    simulate: Box<Simulate<'static, R::Effect>>,
    outside: Vec<Value>,
    empties: Vec<fn(&World) -> Option<String>>,
    collect_garbage: bool,
    leaves: Vec<&'static str>,
}

impl<R: Reconciler> Suite<R> {
    /// The suite for `reconciler`.
    pub fn new(reconciler: R) -> Self {
        Self {
            reconciler,
            react: Vec::new(),
            simulate: Box::new(|_, _| Vec::new()),
            outside: Vec::new(),
            empties: Vec::new(),
            collect_garbage: true,
            leaves: Vec::new(),
        }
    }

    /// Whenever all is at rest `react` plays everybody else: a kubelet that makes pods ready, say. It must come to
    /// rest itself (change nothing that is right already).
    #[must_use]
    pub fn react(mut self, react: impl Fn(&mut MemoryCluster) + Send + Sync + 'static) -> Self {
        self.react.push(Box::new(react));
        self
    }

    /// This is observed from the start.
    #[must_use]
    pub fn sees(mut self, observation: &dyn AnyObservation) -> Self {
        self.outside.push(observation.to_json());
        self
    }

    /// What doing an effect makes observed, given what was observed before. Effects are done at once, and what they made
    /// outlives a crash.
    #[must_use]
    pub fn effects(
        mut self,
        simulate: impl Fn(&World, &R::Effect) -> Vec<Box<dyn AnyObservation>> + Send + Sync + 'static,
    ) -> Self {
        self.simulate = Box::new(simulate);
        self
    }

    /// Nothing of this kind is observed any more when everything was deleted.
    #[must_use]
    pub fn empties<O: Observed>(mut self) -> Self {
        self.empties.push(|world| world.observations::<O>().next().map(|(key, _)| format!("{} {key:?}", O::NAME)));
        self
    }

    /// Objects without living owners stay, and so does what is in a terminating namespace: for the
    /// reconcilers whose work that is.
    #[must_use]
    pub fn without_garbage_collection(mut self) -> Self {
        self.collect_garbage = false;
        self
    }

    /// Objects of this collection may be left when everything was deleted.
    #[must_use]
    pub fn leaves(mut self, resource: &'static str) -> Self {
        self.leaves.push(resource);
        self
    }

    /// Runs the scenarios.
    ///
    /// # Panics
    /// Where something does not hold; the message says scenario, weather and what.
    #[track_caller]
    pub fn run(&self, scenarios: &[Scenario]) {
        assert!(!scenarios.is_empty(), "a suite needs a scenario");
        for scenario in scenarios {
            let calm = self.play(scenario, Weather { seed: 1, skewed: false, crashes: 0 });
            for seed in 2..2 + ORDERS {
                for (skewed, crashes) in [(false, 0), (true, 0), (false, CRASHES), (true, CRASHES)] {
                    let weather = Weather { seed, skewed, crashes };
                    let shape = self.play(scenario, weather);
                    assert!(
                        shape == calm,
                        "{}: {weather:?} leads elsewhere\ncalm:\n{}\nhere:\n{}",
                        scenario.name,
                        calm.join("\n"),
                        shape.join("\n")
                    );
                }
            }
        }
    }

    #[track_caller]
    fn play(&self, scenario: &Scenario, weather: Weather) -> Vec<String> {
        let fail = |what: String| -> ! { panic!("{}, {weather:?}: {what}", scenario.name) };
        let react = |cluster: &mut MemoryCluster| {
            self.react.iter().for_each(|react| react(cluster));
            if self.collect_garbage {
                collect_garbage(cluster);
            }
        };
        let mut stage = Stage::new(&self.reconciler, &react, &*self.simulate, self.outside.clone(), weather);
        let mut made: Vec<Key> = Vec::new();
        for step in &scenario.steps {
            match step {
                Step::Put(object) => made.push(put(&mut stage.cluster, object).unwrap_or_else(|fault| fail(fault))),
                Step::Together(objects) => {
                    let keys = objects.iter().map(|object| put(&mut stage.cluster, object));
                    made.extend(keys.map(|key| key.unwrap_or_else(|fault| fail(fault))));
                }
                Step::Merge(key, patch) => refused(key, stage.cluster.merge(key, "", patch)).unwrap_or_else(|fault| fail(fault)),
                Step::MergeStatus(key, status) => {
                    let merged = stage.cluster.merge(key, "status", &json!({ "status": status }));
                    refused(key, merged).unwrap_or_else(|fault| fail(fault));
                }
                Step::Delete(key) => refused(key, stage.cluster.delete(key)).unwrap_or_else(|fault| fail(fault)),
                Step::Wait(time) => stage.cluster.pass_time(*time),
            }
            stage.settle().unwrap_or_else(|fault| fail(fault));
        }
        stage.is_at_rest().unwrap_or_else(|fault| fail(fault));
        let mut shape = shape(&stage.cluster);
        shape.extend(stage.wanted().map(shape_of_effect));
        for key in made.iter().rev().filter(|key| stage.cluster.get(key).is_some()).cloned().collect::<Vec<_>>() {
            // Deleting its namespace or owner may have taken it already.
            let _ = stage.cluster.delete(&key);
        }
        stage.settle().unwrap_or_else(|fault| fail(fault));
        let left = stage.cluster.objects().filter(|object| !self.leaves.contains(&object.key.resource.as_str()));
        let outside = self.empties.iter().filter_map(|left| left(&stage.world));
        let left: Vec<String> = left.map(|object| object.key.to_string()).chain(outside).collect();
        if !left.is_empty() {
            fail(format!("everything was deleted, but {} is left", left.join(", ")));
        }
        shape
    }
}

impl<R: Reconciler> std::fmt::Debug for Suite<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Suite of {}", R::NAME)
    }
}

fn put(cluster: &mut MemoryCluster, object: &Value) -> Result<Key, String> {
    let put = cluster.put(object.clone());
    put.map(|object| object.key.clone()).map_err(|status| format!("{status}: {object}"))
}

fn refused(key: &Key, result: Result<(), Status>) -> Result<(), String> {
    result.map_err(|status| format!("{key}: {status}"))
}

/// What two clusters are compared by: everything but generated names, uids, revisions and times.
fn shape(cluster: &MemoryCluster) -> Vec<String> {
    let mut shapes: Vec<String> = cluster.objects().map(|object| shape_of(object)).collect();
    shapes.sort();
    shapes
}

fn shape_of(object: &Object) -> String {
    let mut value = object.to_value();
    let generated = object.head.controller().is_some();
    let owners: Vec<String> = object.head.owners.iter().map(|owner| format!("{}/{}", owner.kind, owner.name)).collect();
    if let Some(meta) = value.get_mut("metadata").and_then(Value::as_object_mut) {
        meta.retain(|field, _| matches!(field.as_str(), "name" | "namespace" | "labels" | "annotations" | "finalizers"));
        if generated {
            meta.shift_remove("name");
        }
        meta.insert("owners".into(), owners.into());
    }
    drop_times(&mut value);
    value.to_string()
}

fn shape_of_effect<E: Effect>(effect: &E) -> String {
    let mut value = serde_json::to_value(effect).unwrap_or_default();
    drop_times(&mut value);
    value.to_string()
}

fn drop_times(value: &mut Value) {
    match value {
        Value::Object(map) => {
            let by_chance = |field: &str| {
                field.ends_with("Time")
                    || field.ends_with("Timestamp")
                    || matches!(field, "timeAdded" | "startedAt" | "finishedAt" | "observedGeneration")
            };
            map.retain(|field, _| !by_chance(field));
            map.values_mut().for_each(drop_times);
            map.sort_keys();
        }
        Value::Array(list) => list.iter_mut().for_each(drop_times),
        Value::String(text) => *text = without_chance(text),
        _ => {}
    }
}

/// `text` without what differs from run to run: uids as the cluster in memory makes them, generated suffixes of names.
fn without_chance(text: &str) -> String {
    if text.strip_prefix("uid-").is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit())) {
        return "uid".into();
    }
    match text.rsplit_once('-') {
        Some((prefix, suffix)) if Seed::may_be_suffix(suffix) => format!("{prefix}-?????"),
        _ => text.into(),
    }
}

/// What the namespace controller and the garbage collector do, in one go.
fn collect_garbage(cluster: &mut MemoryCluster) {
    let objects: Vec<_> = cluster.objects().cloned().collect();
    for namespace in objects.iter().filter(|object| object.key.resource.as_str() == "namespaces" && object.head.deleted.is_some())
    {
        let inside = objects.iter().filter(|object| object.key.namespace == namespace.key.name);
        let inside: Vec<_> = inside.collect();
        // What is gone already need not be deleted.
        inside.iter().for_each(|object| drop(cluster.delete(&object.key)));
        if inside.is_empty() {
            let mut value = namespace.to_value();
            value["spec"]["finalizers"] = Value::Array(Vec::new());
            release(cluster, value, &namespace.key);
        }
    }
    for object in &objects {
        let alive = |uid: &str| objects.iter().any(|other| *other.head.uid == *uid);
        let orphaned = !object.head.owners.is_empty() && !object.head.owners.iter().any(|owner| alive(owner.uid.as_str()));
        if orphaned && object.head.deleted.is_none() {
            // What is gone already need not be deleted.
            let _ = cluster.delete(&object.key);
        }
        let waits = object.head.deleted.is_some() && object.head.finalizers.iter().any(|name| &**name == "foregroundDeletion");
        let has_dependents = objects.iter().any(|other| other.head.owners.iter().any(|owner| *owner.uid.0 == *object.head.uid));
        if waits && !has_dependents {
            let mut value = object.to_value();
            let kept = object.head.finalizers.iter().filter(|name| &***name != "foregroundDeletion");
            value["metadata"]["finalizers"] = kept.map(|name| Value::from(&**name)).collect();
            release(cluster, value, &object.key);
        }
    }
}

/// Writes an object whose finalizer is done; it goes where none is left.
fn release(cluster: &mut MemoryCluster, value: Value, key: &Key) {
    if cluster.put(value).is_ok() {
        // Deleting again takes away what no finalizer holds.
        let _ = cluster.delete(key);
    }
}
