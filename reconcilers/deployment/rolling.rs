//! One step of a rolling update.

use kontiki_api::view::ReplicaSet;
use kontiki_runtime::world::Seen;

use super::draft::Draft;
use super::limits::Limits;
use super::sets::{Sets, size};

/// Decides one step: up with the newest, or else down with the old ones. `newest` is there by now.
pub(super) fn step<'w>(newest: &'w Seen<ReplicaSet>, sets: &Sets<'w>, limits: &Limits, draft: &mut Draft<'w>) {
    if !size_newest(newest, sets, limits, draft) {
        shrink_old(newest, sets, limits, draft);
    }
}

fn size_newest<'w>(newest: &'w Seen<ReplicaSet>, sets: &Sets<'w>, limits: &Limits, draft: &mut Draft<'w>) -> bool {
    let present = size(newest);
    let wanted = if present >= limits.replicas {
        limits.replicas
    } else {
        let total: i32 = sets.all().map(|set| size(set)).sum();
        let room = (limits.replicas + limits.surge - total).max(0);
        present + room.min(limits.replicas - present)
    };
    draft.resize(newest, wanted)
}

fn shrink_old<'w>(newest: &'w Seen<ReplicaSet>, sets: &Sets<'w>, limits: &Limits, draft: &mut Draft<'w>) {
    let total: i32 = sets.all().map(|set| size(set)).sum();
    let missing_of_newest = size(newest) - newest.status.available_replicas;
    let most = total - limits.least_available() - missing_of_newest;
    if most <= 0 {
        return;
    }
    shrink_unhealthy(sets, most, draft);
    shrink_healthy(sets, limits, draft);
}

/// Pods that are not available cost nothing: they go first.
fn shrink_unhealthy<'w>(sets: &Sets<'w>, most: i32, draft: &mut Draft<'w>) {
    let mut left = most;
    for set in sets.active_old() {
        let unhealthy = (size(set) - set.status.available_replicas).clamp(0, left);
        left -= unhealthy;
        if unhealthy > 0 {
            draft.resize(set, size(set) - unhealthy);
        }
    }
}

fn shrink_healthy<'w>(sets: &Sets<'w>, limits: &Limits, draft: &mut Draft<'w>) {
    let available: i32 = sets.all().map(|set| set.status.available_replicas).sum();
    let mut left = available - limits.least_available();
    for set in sets.active_old() {
        let present = draft.size(set);
        let going = present.min(left);
        if going > 0 {
            left -= going;
            draft.resize(set, present - going);
        }
    }
}
