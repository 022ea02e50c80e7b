//! The annotations that Deployments and their ReplicaSets are told apart by.

use std::collections::BTreeMap;

use kontiki_api::Text;
use kontiki_api::view::{Deployment, Meta, ReplicaSet};
use serde_json::{Map, Value};

use super::limits::Limits;

/// Which revision of the template a ReplicaSet holds.
pub(super) const REVISION: &str = "deployment.kubernetes.io/revision";
/// Revisions it held before.
const HISTORY: &str = "deployment.kubernetes.io/revision-history";
/// `spec.replicas` of the Deployment when the ReplicaSet was last sized.
const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
/// The same with the surge.
const MOST: &str = "deployment.kubernetes.io/max-replicas";
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
const ROLLBACK: &str = "deprecated.deployment.rollback.to";

/// The revision that `meta` names; 0 for none.
pub(super) fn revision(meta: &Meta) -> i64 {
    number(meta, REVISION).unwrap_or_default()
}

/// The wanted number when `set` was last sized.
pub(super) fn desired(set: &ReplicaSet) -> Option<i32> {
    number(&set.metadata, DESIRED)
}

/// The greatest number when `set` was last sized.
pub(super) fn most(set: &ReplicaSet) -> Option<i32> {
    number(&set.metadata, MOST)
}

fn number<T: std::str::FromStr>(meta: &Meta, name: &str) -> Option<T> {
    meta.annotation(name)?.parse().ok()
}

/// What a ReplicaSet sized under `limits` is to carry.
pub(super) fn of_size(limits: &Limits) -> [(&'static str, String); 2] {
    [(DESIRED, limits.replicas.to_string()), (MOST, limits.replicas.saturating_add(limits.surge).to_string())]
}

/// What the ReplicaSet of the newest template is to carry beside its size: the Deployment's own
/// annotations and its revision.
pub(super) fn of_newest(deployment: &Deployment, old: Option<&Meta>, revision: i64) -> BTreeMap<Text, String> {
    let own = deployment.metadata.annotations.iter().filter(|(name, _)| !is_reserved(name));
    let mut all: BTreeMap<Text, String> = own.map(|(name, value)| (name.clone(), value.to_string())).collect();
    let before = old.map_or(0, self::revision);
    if before < revision {
        all.insert(REVISION.into(), revision.to_string());
        if before > 0 {
            let history = old.and_then(|old| old.annotation(HISTORY)).filter(|history| !history.is_empty());
            let history = history.map_or_else(|| before.to_string(), |earlier| format!("{earlier},{before}"));
            all.insert(HISTORY.into(), history);
        }
    }
    all
}

fn is_reserved(name: &str) -> bool {
    [LAST_APPLIED, REVISION, HISTORY, DESIRED, MOST, ROLLBACK].contains(&name)
}

/// Those of `wanted` that `meta` does not carry.
pub(super) fn missing<'a>(meta: &Meta, wanted: impl IntoIterator<Item = (&'a str, String)>) -> Map<String, Value> {
    let wanted = wanted.into_iter().filter(|(name, value)| meta.annotation(name) != Some(value));
    wanted.map(|(name, value)| (name.to_owned(), value.into())).collect()
}
