//! The wanted number changed: every ReplicaSet gets its share, without moving between templates.

use kontiki_api::view::{Deployment, ReplicaSet};
use kontiki_runtime::world::Seen;

use super::annotations;
use super::draft::Draft;
use super::limits::{Limits, is_rolling};
use super::sets::{Sets, size};

/// Whether an active ReplicaSet was last sized for another wanted number.
pub(super) fn is_scaling(sets: &Sets<'_>, limits: &Limits) -> bool {
    let mut active = sets.all().filter(|set| size(set) > 0);
    active.any(|set| annotations::desired(set).is_some_and(|desired| desired != limits.replicas))
}

/// Decides the sizes.
pub(super) fn scale<'w>(deployment: &Deployment, sets: &Sets<'w>, limits: &Limits, draft: &mut Draft<'w>) {
    if let Some(only) = active_or_latest(sets) {
        draft.resize(only, limits.replicas);
    } else if sets.newest.is_some_and(|set| is_saturated(set, limits)) {
        for set in sets.active_old() {
            draft.resize(set, 0);
        }
    } else if is_rolling(deployment) {
        in_proportion(deployment, sets, limits, draft);
    }
}

/// The one ReplicaSet that wants pods; the latest, where none does.
fn active_or_latest<'w>(sets: &Sets<'w>) -> Option<&'w Seen<ReplicaSet>> {
    let mut active = sets.all().filter(|set| size(set) > 0);
    match (active.next(), active.next()) {
        (None, _) => sets.newest.or_else(|| sets.old.last().copied()),
        (only, None) => only,
        _ => None,
    }
}

fn is_saturated(set: &ReplicaSet, limits: &Limits) -> bool {
    size(set) == limits.replicas
        && annotations::desired(set) == Some(limits.replicas)
        && set.status.available_replicas == limits.replicas
}

fn in_proportion<'w>(deployment: &Deployment, sets: &Sets<'w>, limits: &Limits, draft: &mut Draft<'w>) {
    let mut active: Vec<_> = sets.all().filter(|set| size(set) > 0).collect();
    let total: i32 = active.iter().map(|set| size(set)).sum();
    let to_add = limits.most() - total;
    // The largest first; among equals the newest when growing, the oldest when shrinking.
    active.sort_by(|a, b| {
        let age = a.head().created.cmp(&b.head().created);
        size(b).cmp(&size(a)).then(if to_add > 0 { age.reverse() } else { age })
    });
    let mut added = 0;
    let mut sizes: Vec<i32> = Vec::with_capacity(active.len());
    for set in &active {
        let share = if to_add == 0 { 0 } else { share(deployment, set, limits, to_add - added) };
        added += share;
        sizes.push(size(set) + share);
    }
    if let Some(first) = sizes.first_mut() {
        *first = (*first + to_add - added).max(0);
    }
    for (set, size) in active.into_iter().zip(sizes) {
        draft.resize(set, size);
    }
}

/// How much of `left` (to add, or below 0 to take) is for `set`.
fn share(deployment: &Deployment, set: &ReplicaSet, limits: &Limits, left: i32) -> i32 {
    let fraction = fraction(deployment, set, limits);
    if left > 0 { fraction.min(left).max(0) } else { fraction.max(left).min(0) }
}

fn fraction(deployment: &Deployment, set: &ReplicaSet, limits: &Limits) -> i32 {
    if limits.replicas == 0 {
        return -size(set);
    }
    let before = annotations::most(set).filter(|most| *most > 0).unwrap_or(deployment.status.replicas);
    if before <= 0 {
        return 0;
    }
    let exact = f64::from(size(set)) * f64::from(limits.most()) / f64::from(before);
    // Both factors are counts of pods: the quotient is far inside the range of i32.
    #[allow(clippy::cast_possible_truncation, reason = "a rounded count of pods")]
    let scaled = exact.round() as i32;
    scaled - size(set)
}
