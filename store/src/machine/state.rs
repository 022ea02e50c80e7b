use std::sync::Arc;

use bytes::Bytes;
use kontiki_api::meta::Revision;
use kontiki_api::object::{Draft, Object};
use kontiki_api::request::LeaderId;
use kontiki_api::time::Time;

use super::check::check_requirements;
use super::{Counters, Objects, Proposed, Record, Ring, RowNote, WindowLimits};
use crate::forgotten::note_of;
use crate::{Change, Commit, CommitError, Committed, Event, Op};

/// What applying one commit led to.
#[derive(Debug)]
pub(crate) struct Applied {
    /// The answer to the proposer.
    pub outcome: Result<Committed, CommitError>,
    /// The commit as it happened; `None` where nothing changed.
    pub record: Option<Arc<Record>>,
}

/// Everything that follows from the log. Equal logs make equal states.
#[derive(Debug)]
pub(crate) struct State {
    /// The objects now.
    pub objects: Objects,
    /// The recent commits.
    pub ring: Ring,
    /// The newest commit end.
    pub revision: Revision,
    counters: Counters,
    time: Time,
}

impl State {
    /// The state before the first commit.
    pub fn new(limits: WindowLimits) -> Self {
        Self::restored(
            Objects::default(),
            Counters::default(),
            Ring::new(limits, Revision::ZERO),
            Revision::ZERO,
            Time::default(),
        )
    }

    /// The state after the commit that ended at `revision`, at `time`.
    pub fn restored(objects: Objects, counters: Counters, ring: Ring, revision: Revision, time: Time) -> Self {
        Self { objects, ring, revision, counters, time }
    }

    /// Takes one commit: all of it, or nothing.
    /// `leader` is the leadership that decided it.
    pub fn apply(&mut self, proposed: Proposed, leader: LeaderId) -> Applied {
        match self.decide(&proposed.commit) {
            Ok(Some(known)) => Applied { outcome: Ok(known), record: None },
            Ok(None) => match proposed.commit.leader.filter(|assumed| *assumed != leader) {
                Some(assumed) => Applied { outcome: Err(CommitError::Superseded { assumed, actual: leader }), record: None },
                None => self.take(proposed),
            },
            Err(error) => Applied { outcome: Err(error), record: None },
        }
    }

    /// The answer where it is certain without writing: a refusal, a repeated request, nothing to change
    /// (then no counter moves either). `None` where the commit has to be written.
    pub fn decide(&self, commit: &Commit) -> Result<Option<Committed>, CommitError> {
        if let Some(first) = self.ring.by_id(commit.id) {
            return Ok(Some(self.repeated(first, commit)));
        }
        check_requirements(&self.objects, commit)?;
        self.counters.moved(&commit.reserves)?;
        let same: Option<Vec<_>> = commit.changes.iter().map(|change| self.unchanged(change).cloned()).collect();
        Ok(same.map(|objects| Committed { revision: self.revision, time: self.time.max(commit.time), objects }))
    }

    /// What `first`, made by the same commit, was answered with. A put that changed nothing then is
    /// answered with what was there.
    fn repeated(&self, first: &Record, commit: &Commit) -> Committed {
        let object = |change: &Change| match first.event(change) {
            Some(event) => Some(event.object.clone()),
            None => self.ring.get_at(&self.objects, &change.key, first.end),
        };
        let objects = commit.changes.iter().filter_map(object).collect();
        Committed { revision: first.end, time: first.time, objects }
    }

    fn take(&mut self, proposed: Proposed) -> Applied {
        let Proposed { commit, mut sealed } = proposed;
        let moved = match self.counters.moved(&commit.reserves) {
            Ok(moved) => moved,
            Err(error) => return Applied { outcome: Err(error), record: None },
        };
        self.counters.set(&moved);
        self.time = self.time.max(commit.time);
        let first = Revision(self.revision.0 + 1);
        sealed.resize(commit.changes.len(), None);
        let mut taken = Taken::default();
        let Commit { id, actor, verb, manager, cause, changes, .. } = commit;
        for (change, sealed) in changes.into_iter().zip(sealed) {
            self.change(change, sealed, &mut taken);
        }
        let Taken { events, notes, outcome } = taken;
        let (time, end) = (self.time, self.revision);
        let events = events.into();
        let record = Record { id, time, actor, verb, manager, cause, first, end, events, notes, counters: moved };
        let record = Arc::new(record);
        self.ring.push(record.clone());
        let committed = Committed { revision: end, time, objects: outcome };
        Applied { outcome: Ok(committed), record: Some(record) }
    }

    fn change(&mut self, change: Change, sealed: Option<Bytes>, taken: &mut Taken) {
        if let Some(same) = self.unchanged(&change) {
            taken.outcome.push(same.clone());
            return;
        }
        let revision = Revision(self.revision.0 + 1);
        let (object, previous, deleted) = match change.op {
            Op::Put(draft) => {
                let object = match draft.may_share().then(|| self.objects.get(&change.key)).flatten() {
                    Some(before) => draft.after(before, revision),
                    None => draft.at(revision),
                };
                (object.clone(), self.objects.put(object), false)
            }
            Op::Delete(last) => {
                let Some(previous) = self.objects.remove(&change.key) else { return };
                (last_state(&previous, last, revision), Some(previous), true)
            }
        };
        self.revision = revision;
        taken.outcome.push(object.clone());
        taken.events.push(Event { object, previous, deleted });
        let history = change.history && self.objects.get(&note_of(&change.key.resource)).is_none();
        taken.notes.push(RowNote { history, sealed });
    }

    /// The object that a put would leave as it is.
    fn unchanged(&self, change: &Change) -> Option<&Arc<Object>> {
        let Op::Put(draft) = &change.op else { return None };
        self.objects.get(&change.key).filter(|object| object.value == draft.value && object.head == draft.head)
    }
}

/// What the changes of one commit did so far.
#[derive(Default)]
struct Taken {
    events: Vec<Event>,
    notes: Vec<RowNote>,
    outcome: Vec<Arc<Object>>,
}

fn last_state(previous: &Arc<Object>, last: Option<Draft>, revision: Revision) -> Arc<Object> {
    match last {
        Some(draft) => draft.at(revision),
        None => previous.republished(revision),
    }
}
