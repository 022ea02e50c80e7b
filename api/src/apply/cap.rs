//! Bounds how many updaters an object remembers.

use super::entries::Entries;
use super::entry::{Entry, Operation};

/// Upstream's most updaters of one object.
const MAX_UPDATERS: usize = 10;
/// The manager that stands for all that are forgotten.
const ANCIENT: &str = "ancient-changes";

/// Joins the oldest updaters of each version until there are no more than allowed.
pub(super) fn cap(entries: &mut Entries) {
    let excess = entries.updaters().saturating_sub(MAX_UPDATERS);
    if excess == 0 {
        return;
    }
    let (mut updaters, appliers): (Vec<_>, Vec<_>) =
        std::mem::take(&mut entries.0).into_iter().partition(|entry| entry.operation == Operation::Update);
    updaters.sort_by_cached_key(|entry| (entry.time.clone(), entry.identifier()));
    entries.0 = appliers;
    entries.0.extend(join(updaters, excess));
}

fn join(updaters: Vec<Entry>, mut excess: usize) -> Vec<Entry> {
    let mut kept: Vec<Entry> = Vec::with_capacity(updaters.len());
    for mut entry in updaters {
        let bucket = kept.iter_mut().find(|known| known.api_version == entry.api_version);
        match bucket {
            Some(bucket) if excess > 0 => {
                bucket.manager = ANCIENT.to_owned();
                bucket.subresource.clear();
                bucket.set().add(entry.set());
                bucket.time = entry.time;
                excess -= 1;
            }
            _ => kept.push(entry),
        }
    }
    kept
}
