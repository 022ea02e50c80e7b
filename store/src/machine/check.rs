use std::collections::BTreeMap;

use kontiki_api::meta::{Key, Revision};

use super::Objects;
use crate::{Commit, CommitError, Op, Precondition, Requirement};

/// The most changes of one commit.
const MAX_CHANGES: usize = 512;
/// The most bytes of values in one commit.
const MAX_BYTES: usize = 8 << 20;

/// Refuses what no state could accept: a commit too large, a key named twice but to be put and then deleted, a draft of
/// another key, counters moved without a change.
pub(crate) fn check_shape(commit: &Commit) -> Result<(), CommitError> {
    let refused = |why: String| Err(CommitError::Refused(why));
    if commit.changes.len() > MAX_CHANGES {
        return refused(format!("{} changes in one commit, at most {MAX_CHANGES} are taken", commit.changes.len()));
    }
    if commit.changes.is_empty() && !commit.reserves.is_empty() {
        return refused("counters move only together with a change".into());
    }
    let mut keys: BTreeMap<_, &Op> = BTreeMap::new();
    let mut bytes = 0_usize;
    for change in &commit.changes {
        let before = keys.insert(&change.key, &change.op);
        if before.is_some_and(|before| !matches!((before, &change.op), (Op::Put(_), Op::Delete(_)))) {
            return refused(format!("{} is changed twice in one commit", change.key));
        }
        let (Op::Put(draft) | Op::Delete(Some(draft))) = &change.op else { continue };
        if draft.key != change.key {
            return refused(format!("the draft for {} is one of {}", change.key, draft.key));
        }
        bytes = bytes.saturating_add(draft.value.len());
    }
    if bytes > MAX_BYTES {
        return refused(format!("{bytes} bytes in one commit, at most {MAX_BYTES} are taken"));
    }
    Ok(())
}

/// Whether all preconditions hold, and whether what is to be deleted is there.
pub(super) fn check_requirements(objects: &Objects, commit: &Commit) -> Result<(), CommitError> {
    for precondition in &commit.preconditions {
        check_one(objects, precondition)?;
    }
    for change in commit.changes.iter().filter(|change| matches!(change.op, Op::Delete(_))) {
        if objects.get(&change.key).is_none() {
            return Err(failed(&change.key, Requirement::Present, None));
        }
    }
    Ok(())
}

fn check_one(objects: &Objects, precondition: &Precondition) -> Result<(), CommitError> {
    let object = objects.get(&precondition.key);
    let holds = match (&precondition.requirement, object) {
        (Requirement::Absent, object) => object.is_none(),
        (Requirement::Present, object) => object.is_some(),
        (Requirement::Revision(revision), Some(object)) => object.revision == *revision,
        (Requirement::Uid(uid), Some(object)) => object.head.uid == *uid,
        (_, None) => false,
    };
    let found = object.map(|object| object.revision);
    if holds { Ok(()) } else { Err(failed(&precondition.key, precondition.requirement.clone(), found)) }
}

fn failed(key: &Key, requirement: Requirement, found: Option<Revision>) -> CommitError {
    CommitError::Precondition { key: key.clone(), requirement, found }
}
