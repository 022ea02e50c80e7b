//! What is proposed to the log, and what comes back.

use std::sync::Arc;

use kontiki_api::Text;
use kontiki_api::meta::{Key, Revision};
use kontiki_api::object::{Draft, Object};
use kontiki_api::request::{Cause, LeaderId, RequestId, User, Verb};
use kontiki_api::time::Time;

/// One atomic set of object changes: all of it happens, or nothing.
#[derive(Clone, Debug)]
pub struct Commit {
    /// A repeated id is answered with the first outcome for as long as the watch window holds it.
    /// A refusal leaves no trace: its id is decided anew.
    pub id: RequestId,
    /// The proposer's clock; the commit's time is this or the previous commit's, whichever is later.
    pub time: Time,
    /// Who.
    pub actor: User,
    /// The request's verb.
    pub verb: Verb,
    /// The field manager; empty for none.
    pub manager: Text,
    /// Why.
    pub cause: Cause,
    /// The fence: the commit is refused by any leadership but this one.
    pub leader: Option<LeaderId>,
    /// What must hold at the moment of the commit.
    pub preconditions: Vec<Precondition>,
    /// Bounded counters to move; only together with a change.
    pub reserves: Vec<Reserve>,
    /// The changes; each takes one revision, in this order. A key appears once, or twice where what is there is put and then
    /// deleted. A put that would change nothing takes none, and a commit of only such puts moves no counter either.
    pub changes: Vec<Change>,
}

/// A condition on one key, changed by the commit or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Precondition {
    /// The key.
    pub key: Key,
    /// What must hold of it.
    pub requirement: Requirement,
}

/// What must hold of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// No object is there.
    Absent,
    /// Some object is there.
    Present,
    /// The object there was last changed at this revision.
    Revision(Revision),
    /// The object there has this uid.
    Uid(Text),
}

/// `counter` moves by `by`, and the commit is refused where it would pass `limit`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reserve {
    /// Name of the counter, such as a quota's key and resource.
    pub counter: Text,
    /// How much is taken (or, negative, given back).
    pub by: i64,
    /// The most the counter may reach; `None` for giving back.
    pub limit: Option<i64>,
}

/// One change of one object.
#[derive(Clone, Debug)]
pub struct Change {
    /// The object's key.
    pub key: Key,
    /// What happens to it.
    pub op: Op,
    /// Whether the value is sealed (encrypted) in log, peers, history and backups.
    pub sealed: bool,
    /// Whether old values are kept beyond the watch window.
    pub history: bool,
}

/// Creation and replacement, or deletion.
#[derive(Clone, Debug)]
pub enum Op {
    /// The object becomes this.
    Put(Draft),
    /// The object goes. Watchers see its last state, or this final one, at the deletion's revision.
    Delete(Option<Draft>),
}

/// What a commit did.
#[derive(Clone, Debug)]
pub struct Committed {
    /// The commit's end: the revision of its last change; the current one where it changed nothing.
    pub revision: Revision,
    /// The commit's time.
    pub time: Time,
    /// Per change: the published object (for a deletion its last state at the deletion's revision).
    pub objects: Vec<Arc<Object>>,
}

/// Why a commit did not happen, or may not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommitError {
    /// A precondition did not hold.
    #[error("{key}: {requirement:?} does not hold, it is {found:?}")]
    Precondition {
        /// The key.
        key: Key,
        /// What was asked.
        requirement: Requirement,
        /// The revision that is there, if any.
        found: Option<Revision>,
    },
    /// A counter would pass its limit.
    #[error("counter {counter} is at {used} and cannot move by {by}: the limit is {limit}")]
    Limit {
        /// The counter.
        counter: Text,
        /// Where it stands.
        used: i64,
        /// What was asked.
        by: i64,
        /// Its limit.
        limit: i64,
    },
    /// The commit is too large or names a key twice.
    #[error("refused: {0}")]
    Refused(String),
    /// It is not known whether the commit happened; repeat it under the same id.
    #[error("the outcome is not known: {0}")]
    Unknown(String),
    /// The commit was made under a leadership that is over. Nothing was written.
    #[error("it was made under {assumed}, but the log is led by {actual}")]
    Superseded {
        /// The leadership it named.
        assumed: LeaderId,
        /// The one that decided.
        actual: LeaderId,
    },
    /// This member does not lead: the leader takes writes. Nothing was written.
    #[error("this member does not lead the log")]
    NotLeader,
    /// There is no room on the disk; the store takes writes again by itself once there is. Nothing was written.
    #[error("there is no room for writes: {0}")]
    Full(String),
    /// The store cannot take writes now (no leader, a broken disk, shutting down). Nothing was written.
    #[error("the store does not take writes now: {0}")]
    Unavailable(String),
}
