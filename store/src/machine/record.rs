use std::sync::Arc;

use bytes::Bytes;
use kontiki_api::Text;
use kontiki_api::meta::Revision;
use kontiki_api::object::Object;
use kontiki_api::request::{Cause, RequestId, User, Verb};
use kontiki_api::time::Time;

use crate::{Change, Commit, Event, HistoryEntry, Op};

/// A commit on its way into the state machine, with the ciphertext of its sealed changes.
#[derive(Debug)]
pub(crate) struct Proposed {
    /// The commit, in plain.
    pub commit: Commit,
    /// Per change what the tables get in place of the value; empty where nothing is sealed.
    pub sealed: Vec<Option<Bytes>>,
}

impl From<Commit> for Proposed {
    fn from(commit: Commit) -> Self {
        Self { commit, sealed: Vec::new() }
    }
}

/// What the tables need to know of one event beyond the event.
#[derive(Clone, Debug, Default)]
pub(crate) struct RowNote {
    /// Whether the value is kept beyond the watch window once it is replaced.
    pub history: bool,
    /// The ciphertext that stands for the value on disk.
    pub sealed: Option<Bytes>,
}

/// One commit as it happened: what watches, past reads, history and the tables are made of.
/// It has at least one event.
#[derive(Debug)]
pub(crate) struct Record {
    /// The request's id.
    pub id: RequestId,
    /// When.
    pub time: Time,
    /// Who.
    pub actor: User,
    /// By which verb.
    pub verb: Verb,
    /// Under which field manager.
    pub manager: Text,
    /// Why.
    pub cause: Cause,
    /// The revision of the first event.
    pub first: Revision,
    /// The revision of the last event: the commit's end.
    pub end: Revision,
    /// The changes in revision order.
    pub events: Arc<[Event]>,
    /// One per event; empty in a record read back from disk.
    pub notes: Vec<RowNote>,
    /// Where the moved counters stand now.
    pub counters: Vec<(Text, i64)>,
}

impl Record {
    /// What became of `change`, or else of its key; `None` where the commit changed nothing there.
    pub fn event(&self, change: &Change) -> Option<&Event> {
        let own = || self.events.iter().filter(|event| event.object.key == change.key);
        own().find(|event| event.deleted == matches!(change.op, Op::Delete(_))).or_else(|| own().next())
    }

    /// The memory this record is charged with.
    pub fn cost(&self) -> usize {
        self.events.iter().map(|event| event_cost(&event.object)).sum()
    }

    /// The history entry of `event`, one of this record's.
    pub fn entry(&self, event: &Event) -> HistoryEntry {
        HistoryEntry {
            object: event.object.clone(),
            replaced: event.previous.as_ref().map(|previous| previous.revision),
            previous: event.previous.clone(),
            commit: self.end,
            deleted: event.deleted,
            time: self.time,
            actor: self.actor.clone(),
            verb: self.verb,
            manager: self.manager.clone(),
            cause: self.cause.clone(),
        }
    }
}

/// The memory that a change to `object` is charged with.
pub(crate) fn event_cost(object: &Object) -> usize {
    const PER_EVENT: usize = 256;
    object.value.len() + PER_EVENT
}
