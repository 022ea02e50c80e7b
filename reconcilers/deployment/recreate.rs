//! The `Recreate` strategy: all old pods are gone before the first new one is made.

use kontiki_api::view::{Pod, ReplicaSet};
use kontiki_runtime::world::{Seen, World};

use super::draft::Draft;
use super::sets::Sets;

/// Takes the old ReplicaSets to nothing. Whether that is still under way, so that new pods must wait.
pub(super) fn clear_old<'w>(world: &World, sets: &Sets<'w>, draft: &mut Draft<'w>) -> bool {
    let mut shrinking = false;
    for set in sets.active_old() {
        shrinking |= draft.resize(set, 0);
    }
    shrinking || sets.old.iter().any(|set| has_pods(world, set))
}

fn has_pods(world: &World, set: &Seen<ReplicaSet>) -> bool {
    set.status.replicas > 0 || world.owned_by::<Pod>(&set.uid()).any(|pod| !pod.is_finished())
}
