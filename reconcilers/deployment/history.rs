//! Old ReplicaSets beyond `revisionHistoryLimit`.

use kontiki_api::view::Deployment;
use kontiki_runtime::plan::Intent;

use super::annotations::revision;
use super::sets::{Sets, size};
use crate::common::intents::delete;

/// Deletes the oldest revisions that are too many, as far as they are empty.
pub(super) fn clean_up(deployment: &Deployment, sets: &Sets<'_>) -> Vec<Intent> {
    let limit = usize::try_from(deployment.spec.revision_history_limit.unwrap_or(10)).unwrap_or(0);
    let mut kept: Vec<_> = sets.old.iter().filter(|set| set.head().deleted.is_none()).collect();
    kept.sort_by_key(|set| revision(&set.metadata));
    let surplus = kept.len().saturating_sub(limit);
    let empty = kept
        .into_iter()
        .take(surplus)
        .filter(|set| set.status.replicas == 0 && size(set) == 0 && set.head().generation <= set.status.observed_generation);
    empty.map(|set| delete(set.precondition())).collect()
}
