//! Worlds and expected plans, side by side in files.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use kontiki_api::time::Time;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::effect::{Effect, EffectState};
use crate::plan::Outcome;
use crate::reconciler::{Pass, Reconciler, Seed};
use crate::world::WorldBuilder;

/// `NAME.world.yaml`: everything that one pass may know.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound = "K: DeserializeOwned, E: DeserializeOwned")]
struct Scene<K, E> {
    /// The time of the pass.
    now: Time,
    /// The pass's seed.
    #[serde(default)]
    seed: u64,
    /// The keys to reconcile.
    keys: Vec<K>,
    /// What became of keys' last plans.
    #[serde(default)]
    outcomes: Vec<(K, Outcome)>,
    /// Accepted effects and where they stand.
    #[serde(default)]
    effects: Vec<(E, EffectState)>,
    /// Observations: per observed kind, pairs of key and state.
    #[serde(default)]
    observed: BTreeMap<String, Vec<(Value, Value)>>,
    /// The objects of the cluster.
    #[serde(default)]
    objects: Vec<Value>,
}

/// [`pair_with`] a default reconciler.
///
/// # Panics
/// As [`pair_with`].
#[track_caller]
pub fn pair<R: Reconciler + Default>(folder: impl AsRef<Path>) {
    pair_with(&R::default(), folder);
}

/// Runs one pass on every `NAME.world.yaml` of `folder` and compares its plan with `NAME.plan.yaml`.
/// With `UPDATE=1` in the environment the plans are written instead.
///
/// # Panics
/// Where a plan differs, a file cannot be read, or the folder has no pair.
#[track_caller]
pub fn pair_with<R: Reconciler>(reconciler: &R, folder: impl AsRef<Path>) {
    let folder = folder.as_ref();
    let worlds = worlds(folder);
    assert!(!worlds.is_empty(), "{} has no *.world.yaml", folder.display());
    let mut faults = String::new();
    for world in &worlds {
        if let Err(fault) = check(reconciler, world) {
            let _ = write!(faults, "\n--- {}: {fault}", world.display());
        }
    }
    assert!(faults.is_empty(), "{faults}\n(UPDATE=1 rewrites the plans)");
}

fn worlds(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut worlds: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    worlds.retain(|path| path.to_string_lossy().ends_with(".world.yaml"));
    worlds.sort();
    worlds
}

fn check<R: Reconciler>(reconciler: &R, path: &Path) -> Result<(), String> {
    let got = run(reconciler, path)?;
    let expected = PathBuf::from(path.to_string_lossy().replace(".world.yaml", ".plan.yaml"));
    if std::env::var("UPDATE").is_ok_and(|value| value == "1") {
        return fs::write(&expected, yaml(&got)).map_err(|error| format!("{}: {error}", expected.display()));
    }
    let wanted: Value = read_yaml(&expected)?;
    if wanted == got { Ok(()) } else { Err(format!("another plan\nexpected:\n{}\ngot:\n{}", yaml(&wanted), yaml(&got))) }
}

fn run<R: Reconciler>(reconciler: &R, path: &Path) -> Result<Value, String> {
    let scene: Scene<R::Key, R::Effect> = read_yaml(path)?;
    let mut builder = WorldBuilder::of::<R>();
    for object in scene.objects {
        builder.object(object.clone()).map_err(|error| format!("{error}: {object}"))?;
    }
    for (kind, states) in &scene.observed {
        for (key, state) in states {
            if !builder.observe_json(&json!({"kind": kind, "seen": [key, state]})) {
                return Err(format!("{kind} {key} does not read as an observed kind of this reconciler"));
            }
        }
    }
    let outcomes: BTreeMap<R::Key, Outcome> = scene.outcomes.into_iter().collect();
    let effects = scene.effects.into_iter().map(|(effect, state)| (effect.key(), (effect, state))).collect();
    let pass = Pass { keys: &scene.keys, now: scene.now, seed: Seed(scene.seed), outcomes: &outcomes, effects: &effects };
    let plan = match reconciler.reconcile(&builder.build(), &pass) {
        Ok(plan) => serde_json::to_value(&plan),
        Err(stuck) => Ok(json!({ "stuck": stuck })),
    };
    plan.map_err(|error| format!("the plan cannot be written: {error}"))
}

fn read_yaml<T: DeserializeOwned>(path: &Path) -> Result<T, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    serde_saphyr::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))
}

fn yaml(value: &Value) -> String {
    serde_saphyr::to_string(value).unwrap_or_else(|error| format!("# {error}\n"))
}
