//! The past as readers see it.

use std::sync::Arc;

use kontiki_api::Text;
use kontiki_api::meta::Revision;
use kontiki_api::object::Object;
use kontiki_api::request::{Cause, User, Verb};
use kontiki_api::time::Time;

/// Which of the changes of a range are told first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The newest ones before this revision (exclusive), newest first.
    NewestBefore(Revision),
    /// The oldest ones after this revision (exclusive), oldest first.
    OldestAfter(Revision),
}

impl Order {
    /// All changes, newest first.
    pub const NEWEST: Self = Self::NewestBefore(Revision(u64::MAX));
}

/// One past change of an object, with who and why.
#[derive(Clone, Debug)]
pub struct HistoryEntry {
    /// The state from then on; the last state for a deletion.
    pub object: Arc<Object>,
    /// The revision that this change replaced; `None` for a creation.
    pub replaced: Option<Revision>,
    /// The state before, where it is still kept.
    pub previous: Option<Arc<Object>>,
    /// Whether the change deleted the object.
    pub deleted: bool,
    /// The end of the commit that the change is part of.
    pub commit: Revision,
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
}

/// How far the past reaches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// The oldest revision that can be read.
    pub oldest: Revision,
    /// When that was; `None` where everything since the beginning is kept.
    pub since: Option<Time>,
    /// The newest revision.
    pub newest: Revision,
    /// Bytes on disk in use, the present included; 0 where nothing is on disk.
    pub bytes: u64,
}
